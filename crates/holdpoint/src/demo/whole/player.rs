//! Who plays a subject: what the chart shows, how the counts run, and how far into the trial.

use std::collections::BTreeSet;

use holdpoint_protocol::ids::{EventId, FactId};
use jiff::civil::Date;

use crate::demo::sim::{Chance, Chart, Course, End};

/// A subject of the story.
#[derive(Debug, Clone)]
pub(super) struct Player {
    /// "P-001"
    pub id: String,
    pub sex: &'static str,
    pub kilograms: i64,
    pub screened: Date,
    pub chart: Chart,
    pub course: Course,
    pub state: State,
    /// What an investigator has confirmed.
    pub signed: BTreeSet<EventId>,
    /// What of the chart at the allocation somebody wrote down.
    pub written: BTreeSet<FactId>,
    /// Adverse events to come: days, in order.
    pub adverse: Vec<Date>,
    /// When the disease comes back, and what it is called.
    pub setback: Option<(Date, EventId)>,
    /// How the subject's time ends early.
    pub end: Option<(Date, End)>,
}

/// How far into the trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Registered; to be allocated from that day on.
    Waits(Date),
    /// Not eligible.
    Failed,
    /// Allocated.
    In(Allocation),
    /// Dead or withdrawn.
    Out(Allocation),
}

/// To what, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allocation {
    pub arm: String,
    pub cohort: String,
    pub on: Date,
}

impl Player {
    /// A person of whom only the chart is known.
    pub fn new(
        seed: u64,
        number: usize,
        screened: Date,
        chart: Chart,
        counts_decide: bool,
        state: State,
    ) -> Self {
        let id = format!("P-{number:03}");
        let mut chance = Chance::of(seed, &format!("person {id}"));
        Self {
            sex: if chance.permille(500) { "female" } else { "male" },
            kilograms: chance.between(46, 88),
            course: Course::new(seed, &id, counts_decide),
            id,
            screened,
            chart,
            state,
            signed: BTreeSet::new(),
            written: BTreeSet::new(),
            adverse: Vec::new(),
            setback: None,
            end: None,
        }
    }

    /// To what and when the subject was allocated, where that happened.
    pub fn allocation(&self) -> Option<&Allocation> {
        match &self.state {
            State::In(allocation) | State::Out(allocation) => Some(allocation),
            State::Waits(_) | State::Failed => None,
        }
    }

    /// Whether somebody still looks after the subject.
    pub fn is_followed(&self) -> bool {
        matches!(self.state, State::Waits(_) | State::In(_))
    }
}
