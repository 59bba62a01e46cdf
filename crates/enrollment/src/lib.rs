//! Enrollment owns trials and their protocol versions, sites, people and their delegated roles, subjects, consent,
//! eligibility, the randomization list, milestones and discontinuation.

pub mod domain;
