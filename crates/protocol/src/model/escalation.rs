//! How a trial goes from one cohort to the next (semantics 41).

use super::{Head, Role, words};
use crate::ids::{CohortId, EventId};
use crate::scalar::{Anchor, Span};

/// `[escalation]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Section, label and assumptions.
    pub head: Head,
    /// The rule.
    pub rule: EscalationRule,
    /// All cohorts, in the order they open.
    pub order: Vec<CohortId>,
    /// What must be so before the next opens.
    pub next: NextCohort,
    /// Who decides.
    pub decide: Vec<Role>,
    /// Further deciders before some cohorts.
    pub gates: Vec<Gate>,
}

/// What must be so before the next cohort opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextCohort {
    /// How many subjects have completed.
    pub completed: Option<u32>,
    /// How long they were observed.
    pub observed: Option<Span>,
    /// From when on.
    pub after: Option<Anchor>,
    /// The event that must not have happened to them.
    pub without: Option<EventId>,
}

/// A decision that one cohort waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The cohort.
    pub before: CohortId,
    /// Who decides.
    pub decide: Vec<Role>,
}

/// The rule of an escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EscalationRule {
    /// One after the other.
    Sequential,
    /// 0 of 3 up; 1 of 3 to 6; at most 1 of 6 up; 2 stop.
    ThreePlusThree,
}

words!(EscalationRule { Sequential = "sequential", ThreePlusThree = "3+3" });
