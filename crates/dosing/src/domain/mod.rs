//! Everything dosing decides, pure: state and input in, the next state or a refusal out. Time, ids and randomness are
//! arguments. `infusion` and `go` are the functions that the model checker explores (holds.md).

pub mod acceptance;
pub mod chart;
pub mod concomitant;
pub mod dose;
pub mod drug;
pub mod fate;
pub mod go;
pub mod ids;
pub mod infusion;
pub mod lot;
pub mod moment;
pub mod plan;
pub mod prescription;
pub mod reading;
pub mod record;
pub mod refusal;
pub mod start;
pub mod subject;
pub mod transfusion;
pub mod treatment;
pub mod weight;

#[cfg(test)]
mod trial_files;

pub use holdpoint_copies::hold;
pub use refusal::Refusal;
