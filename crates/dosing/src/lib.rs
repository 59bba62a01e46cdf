//! Dosing owns product lots, bedside weights, treatment plans and infusions, is the last gate before cells flow, and keeps
//! what is given beside them.
//!
//! It takes the commands of `holdpoint.dosing.v1`, asks safety for a permit before each start, and follows enrollment (files,
//! sites, people, subjects), safety (holds), labs (counts for a ladder) and followup (weights). It tells what was given.
//! Invariants, as absences: no start without a permit claimed by the same handler; no `Go` kept or said twice; no claim
//! voided by a restart, and none that was heard voided but by a person; no dose beyond the file's number.

pub mod commands;
pub mod config;
pub mod ctx;
pub mod domain;
pub mod error;
pub mod events;
pub mod gate;
pub mod grpc;
pub mod protocols;
pub mod queries;
pub mod reactions;
pub mod reconcilers;
pub mod store;

mod service;

use holdpoint_copies::authority;

pub use config::DosingSettings;
pub use error::ERRORS;
pub use service::{Service, assemble, build};
pub use store::tables;

/// Dosing's name as a service: of its key, its database and its journal.
pub const NAME: &str = "dosing";
/// The service whose holds stop and whose permits let start.
pub const SAFETY: &str = "safety";
/// The service whose subjects are treated.
pub const ENROLLMENT: &str = "enrollment";
/// The service whose counts the ladder of a drug is asked of.
pub const LABS: &str = "labs";
/// The service whose examinations bring a weight.
pub const FOLLOWUP: &str = "followup";
