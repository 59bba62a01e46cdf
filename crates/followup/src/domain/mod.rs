//! Everything followup decides, pure: what is known of a subject and the trial file in, the schedule with its states out.
//! Time, ids and the site's calendar are arguments.

pub mod chart;
pub mod course;
pub mod happened;
pub mod ids;
pub mod infusion;
pub mod performed;
pub mod plan;
pub mod refusal;
pub mod subject;
pub mod visit;
pub mod yields;

pub use holdpoint_copies::hold;
pub use refusal::Refusal;
