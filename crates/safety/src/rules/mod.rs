//! Safety's questions to the trial file: what the rules and reports answer about one subject and one thing that
//! happened, and what an answer asks safety to do. Pure; the file's own crate evaluates conditions and windows.

mod ask;
mod chart;
mod effect;
mod escalation;
mod facts;
mod mentions;
mod progress;
mod protocols;

pub use ask::{Asked, Verdict, discontinuation, happening, is_serious, signature};
pub use chart::{SubjectFile, chart, stamp};
pub use effect::{Act, ToPlace, acts};
pub use escalation::{CohortStands, Groups, NotYet, is_grouped};
pub use facts::{check, eval_facts};
pub use mentions::mentions;
pub use protocols::Protocols;
