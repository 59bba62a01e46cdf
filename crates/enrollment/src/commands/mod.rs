//! What people ask of enrollment, one file each: its input, its refusals, its `run`.

pub mod acknowledge_allocation;
pub mod activate_protocol;
pub mod assess_eligibility;
pub mod attest;
pub mod confirm_assumption;
pub mod confirm_event;
pub mod delegate_role;
pub mod discontinue;
pub mod end_delegation;
pub mod fail_screening;
pub mod flags;
pub mod randomize;
pub mod record_consent;
pub mod record_ethics_approval;
pub mod record_fact;
pub mod record_milestone;
pub mod rederive;
pub mod register_site;
pub mod register_trial;
pub mod screen_subject;
pub mod settle_permit;
pub mod tell_safety;
