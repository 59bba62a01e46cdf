//! Followup owns each subject's schedule: the visits that the trial file asks for, what was done, missed and overdue, the
//! facts that an activity yields outside the laboratory, and deviations.
//!
//! It takes the commands of `holdpoint.followup.v1` and follows enrollment (files, sites, people, subjects, milestones),
//! labs (results, derived events), dosing (planned and given doses) and safety (holds). It tells what was done, missed,
//! overdue and changed. Invariants, as absences: no performed activity moves; no visit loses its name in a new plan; no
//! safety visit stands still under a hold; no follow-up ends because treatment did; no alert is told twice.

pub mod commands;
pub mod config;
pub mod ctx;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod protocols;
pub mod queries;
pub mod reactions;
pub mod reconcilers;
pub mod store;

mod service;

use holdpoint_copies::authority;

pub use config::FollowupSettings;
pub use error::ERRORS;
pub use service::{Service, assemble, build};
pub use store::tables;

/// Followup's name as a service: of its key, its database and its journal.
pub const NAME: &str = "followup";
/// The service whose holds freeze treatment visits.
pub const SAFETY: &str = "safety";
/// The service whose subjects, milestones and facts anchor schedules.
pub const ENROLLMENT: &str = "enrollment";
/// The service whose doses are treatment visits and anchor phases.
pub const DOSING: &str = "dosing";
/// The service whose results do activities, and whose derived events open and end phases.
pub const LABS: &str = "labs";
