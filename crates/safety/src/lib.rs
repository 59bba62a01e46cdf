//! Safety owns adverse events, rules, holds, permits, alerts, reporting obligations and board decisions.
//!
//! It takes the commands of `holdpoint.safety.v1`, gives dosing and enrollment their permits, and follows their
//! journals (what became of each permit; protocols, people, subjects and milestones), labs' (findings that may be adverse
//! events) and followup's; each of the four tells its suspension check of every hold. It tells which holds were placed,
//! became effective and were released, and which cohort opened. Invariants, as absences: no permit that a standing hold covers in either side's
//! view; no permit from memory, none repeated; no hold effective while a `Go` may be on its way; no release of two
//! holds at once, and none of a permanent one; no report answered before its holds are committed.

pub mod commands;
pub mod config;
pub mod ctx;
pub mod domain;
pub mod events;
pub mod grpc;
pub mod instance;
pub mod peers;
pub mod queries;
pub mod reactions;
pub mod reconcilers;
pub mod rules;
pub mod store;
pub mod turns;
pub mod vigil;

mod error;
mod service;

pub use error::ERRORS;
pub use service::{Service, assemble, assemble_with, build};
pub use store::tables;

/// The service's name: of its key, its database and its journal.
pub const NAME: &str = "safety";
/// The service that asks for allocations.
pub const ENROLLMENT: &str = "enrollment";
/// The service that asks for doses.
pub const DOSING: &str = "dosing";
/// The service that proposes adverse events from results.
pub const LABS: &str = "labs";
/// The service that keeps the calendar of visits.
pub const FOLLOWUP: &str = "followup";
