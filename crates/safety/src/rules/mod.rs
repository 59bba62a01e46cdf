//! Safety's questions to the trial file: what the rules and reports answer about one subject and one thing that
//! happened, and what an answer asks safety to do. Pure; the file's own crate evaluates conditions and windows.

mod ask;
mod chart;
mod effect;
mod facts;
mod protocols;

pub use ask::{Asked, Verdict, discontinuation, happening, signature};
pub use chart::{SubjectFile, chart, stamp};
pub use effect::{Act, ToPlace, acts};
pub use facts::{check, eval_facts};
pub use protocols::Protocols;
