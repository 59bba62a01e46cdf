//! Everything dosing decides, pure: state and input in, the next state or a refusal out. Time, ids and randomness are
//! arguments. `infusion` and `go` are the functions that the model checker explores (holds.md).

pub mod acceptance;
pub mod dose;
pub mod go;
pub mod hold;
pub mod ids;
pub mod infusion;
pub mod lot;
pub mod plan;
pub mod prescription;
pub mod refusal;
pub mod spacing;
pub mod start;
pub mod subject;
pub mod treatment;
pub mod weight;

pub use refusal::Refusal;
