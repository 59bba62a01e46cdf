//! Safety owns adverse events, rules, holds, permits, alerts, reporting obligations and board decisions.

pub mod commands;
pub mod config;
pub mod ctx;
pub mod domain;
mod error;
pub mod events;
pub mod instance;
pub mod peers;
pub mod reactions;
pub mod reconcilers;
pub mod rules;
pub mod store;
pub mod vigil;

pub use error::ERRORS;

/// The service's name.
pub const NAME: &str = "safety";
