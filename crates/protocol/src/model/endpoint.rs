//! Endpoints: what the trial measures (semantics 38).

use super::{Head, words};
use crate::condition::Condition;
use crate::ids::{ActivityId, EndpointId, EventId, FactId, ResponseId};
use crate::scalar::{Moment, Within};

/// `[endpoint.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Section, label and assumptions.
    pub head: Head,
    /// Its weight in the analysis.
    pub rank: EndpointRank,
    /// What is measured.
    pub measure: Measure,
    /// Which events count.
    pub when: Option<Condition>,
    /// Until when they count.
    pub within: Option<Within>,
    /// From when on; takes the place of the events' own (semantics 26).
    pub from: Option<Moment>,
    /// By when it must have been reached.
    pub at: Option<Moment>,
    /// What it is compared with, in the file's words.
    pub against: Option<String>,
}

/// What an endpoint measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The share of subjects with each of these events.
    Rate(Vec<EventId>),
    /// The number of these events.
    Count(Vec<EventId>),
    /// The time to the first of some events.
    Time {
        /// The events.
        to: Vec<EventId>,
        /// From this one.
        from: EventId,
        /// At risk from this one, where it differs.
        entry: Option<EventId>,
    },
    /// How fast a fact changes.
    Slope(Subject),
    /// How much a fact changes.
    Change(Subject),
    /// A response.
    Response(ResponseId),
}

/// What a slope or change is measured of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A fact.
    Fact(FactId),
    /// All that an activity yields.
    Activity(ActivityId),
}

/// The weight of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointRank {
    /// The trial is decided by it.
    Primary,
    /// Reported beside it.
    Secondary,
    /// Of safety.
    Safety,
    /// The same asked otherwise.
    Sensitivity,
}

words!(EndpointRank {
    Primary = "primary",
    Secondary = "secondary",
    Safety = "safety",
    Sensitivity = "sensitivity",
});
