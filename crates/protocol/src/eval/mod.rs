//! Asks a trial's protocol what to do: pure questions, each answered with its reasons and the facts that
//! are missing. No files, no clock, no randomness: times, facts and what happened are arguments.
//!
//! The sentences cited as "semantics N" are those of the trial format, section 3.5; each is a test.

mod body_surface;
mod chart;
mod condition;
pub mod dosing;
pub mod effect;
pub mod eligibility;
pub mod endpoint;
pub mod escalation;
pub mod events;
mod facts;
pub mod ladder;
mod link;
mod occasion;
pub mod reports;
pub mod response;
pub mod rules;
pub mod runs;
pub mod schedule;
mod seriousness;
pub mod subscriptions;
pub mod time;
mod truth;
pub mod window;

#[cfg(test)]
mod tests;

pub use body_surface::body_surface_m2;
pub use chart::{Chart, ChartAt};
pub use condition::{FactSource, Looked, Pick, ask};
pub use facts::{Facts, Observed, Value};
pub use occasion::Occasion;
pub use time::Stamp;
pub use truth::{Answer, Truth};
