//! Events: what happens to a participant on a day, recorded by a person or found in the data.

use super::{Head, Role, Run};
use crate::blocks::Blocks;
use crate::ids::{ArmId, EventId};
use crate::scalar::{Moment, Within};

/// `[event.x]`. With none of `run`, `on`, `all_of` and `by_arm` it is recorded by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Section, label and assumptions.
    pub head: Head,
    /// The event that is looked at: an adverse event that counts.
    pub on: Option<EventId>,
    /// The condition: of the run, of the adverse event, or besides `all_of` (semantics 27).
    pub run: Option<Run>,
    /// The window that the values of `run` must fall into.
    pub within: Option<Within>,
    /// From when on runs may begin.
    pub from: Option<Moment>,
    /// The events it is made of; dated to the last of them.
    pub all_of: Vec<EventId>,
    /// A second, sufficient way in, signed by a person.
    pub or_attest: Option<String>,
    /// Who signs before it counts.
    pub confirm: Option<Role>,
    /// The moment that dates it, for each arm.
    pub by_arm: Blocks<ArmId, Moment>,
}

impl Event {
    /// Whether nothing in the data can find it: a person records it.
    pub fn is_recorded_by_people(&self) -> bool {
        self.run.is_none() && self.on.is_none() && self.all_of.is_empty() && self.by_arm.is_empty()
    }
}
