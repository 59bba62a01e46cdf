//! Safety's decisions, pure: state and input in, state or a refusal out. Time, ids and clock readings are arguments.
//! The services run these functions and the model checker explores the same ones (holds.md H1 to H11).

pub mod adverse_event;
pub mod alert;
pub mod board;
pub mod candidate;
pub mod effective;
pub mod fact;
pub mod finding;
pub mod hold;
pub mod ids;
pub mod ledger;
pub mod obligation;
pub mod peer;
pub mod permit;
pub mod permit_fact;
pub mod release;
pub mod scope;
pub mod suspension;

#[cfg(test)]
mod tests;
