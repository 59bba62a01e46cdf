//! A condition that must last: runs of days (semantics 22 to 26).

use crate::condition::Condition;
use crate::scalar::{RunFor, Without};

/// A condition, how long it must hold, and what must not happen meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The condition on each value.
    pub when: Condition,
    /// How long; without it one value suffices.
    pub lasts: Option<RunFor>,
    /// Whether one missing day between two fitting days counts as fitting.
    pub bridge_one_day: bool,
    /// The event that breaks it.
    pub without: Option<Without>,
}
