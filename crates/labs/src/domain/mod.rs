//! Everything labs decides, pure: what a laboratory's words come to, whose they are, what follows from the counts. Time,
//! keys and ids are arguments; the same words in any order give the same state.

pub mod alias;
pub mod answer;
pub mod candidate;
pub mod chart;
pub mod course;
pub mod derivation;
pub mod feed;
pub mod grading;
pub mod hl7;
pub mod identity;
pub mod ids;
pub mod message;
pub mod observation;
pub mod pseudonym;
pub mod pulse;
pub mod quarantine;
pub mod reading;
pub mod refusal;
pub mod report;
pub mod result;
pub mod subject;
pub mod tally;
pub mod watched;

pub use refusal::Refusal;
