//! Labs owns laboratory feeds, the links from a hospital's patients to subjects, results with every word that the
//! laboratory said about them, the quarantine, and what follows from counts.
//!
//! It takes the reports and commands of `holdpoint.labs.v1` and follows enrollment (files, sites, people, subjects),
//! dosing (doses, transfusions) and safety (holds). It tells results, derived events, responses and findings for a person.
//! Invariants, as absences: no word of a laboratory is lost or counted twice; no order of the same words ends elsewhere; no
//! unit is guessed and no comparator or text becomes a number; no hospital number is kept but under a keyed hash.

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

pub use config::LabsSettings;
pub use error::ERRORS;
pub use service::{Service, assemble, build};
pub use store::tables;

/// Labs' name as a service: of its key, its database and its journal.
pub const NAME: &str = "labs";
/// The service whose holds labs checks.
pub const SAFETY: &str = "safety";
/// The service whose subjects the results are of.
pub const ENROLLMENT: &str = "enrollment";
/// The service that tells doses and transfusions.
pub const DOSING: &str = "dosing";
