//! Intervals for what a trial counts: one proportion, and the difference of two. Floating point, because they describe results
//! to readers; no decision of the platform uses them.

mod difference;
mod exact;
mod interval;
mod proportion;

pub use difference::{Difference, newcombe};
pub use exact::clopper_pearson;
pub use interval::Interval;
pub use proportion::{Proportion, wilson};
