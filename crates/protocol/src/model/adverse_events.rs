//! What counts as an adverse event, which is serious, and how long they are collected (semantics 39, 40).

use super::Head;
use crate::blocks::Blocks;
use crate::condition::Condition;
use crate::ids::{CollectId, EventId, FactId, Word};
use crate::scalar::{CollectEnd, Moment, Scale};

/// `[adverse-events]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdverseEvents {
    /// Section, the definition as text, and assumptions.
    pub head: Head,
    /// The grading scale.
    pub scale: Scale,
    /// The criteria that make an event serious.
    pub serious: Vec<Word>,
    /// A criterion that does not count while its condition is true; unknown does not except (semantics 6).
    pub except: Blocks<Word, Condition>,
    /// What is recorded as history; acts only when true, and rules still see it.
    pub history: Option<Condition>,
    /// How long an event is followed.
    pub follow: Option<String>,
    /// How long a serious one is.
    pub follow_serious: Option<String>,
    /// How they are grouped in tables.
    pub group_by: Option<String>,
    /// Examples for the reporter.
    pub examples: Option<String>,
    /// Which are collected, and until when; any that takes an event suffices.
    pub collect: Blocks<CollectId, Collect>,
    /// Which laboratory results become events.
    pub laboratory: Option<LaboratoryFindings>,
}

/// `[adverse-events.collect.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// Its id.
    pub id: CollectId,
    /// Section, label and assumptions.
    pub head: Head,
    /// Which adverse events; without it all.
    pub when: Option<Condition>,
    /// Other events that are collected with them.
    pub events: Vec<EventId>,
    /// From when on.
    pub from: Moment,
    /// Until when.
    pub until: CollectEnd,
}

/// `[adverse-events.laboratory]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaboratoryFindings {
    /// Section, label and assumptions.
    pub head: Head,
    /// What a person judges before a result becomes an event.
    pub attest: Option<String>,
    /// Results from which the platform raises nothing.
    pub spare: Vec<FactId>,
}
