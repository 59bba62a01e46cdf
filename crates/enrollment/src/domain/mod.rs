//! What enrollment decides, pure: state and input in, state and events or a refusal out. No I/O, no clock, no
//! global randomness; time, ids and seeds are arguments.

pub mod allocation;
pub mod choices;
pub mod cohorts;
pub mod consent;
pub mod delegation;
pub mod fact;
pub mod fate;
pub mod flag;
pub mod heard;
pub mod hold;
pub mod ids;
pub mod list;
pub mod milestone;
pub mod notice;
pub mod person;
pub mod place;
pub mod places;
pub mod randomization;
pub mod refusal;
pub mod subject;
pub mod trial;

pub use refusal::Refusal;
