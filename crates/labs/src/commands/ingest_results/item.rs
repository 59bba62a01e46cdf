//! One analyte on its way to a result: from a report, or out of the quarantine.

use holdpoint_journal::Stored;

use crate::domain::identity::{Claim, Whose};
use crate::domain::ids::{FeedId, QuarantineId};
use crate::domain::observation::Observation;
use crate::domain::pseudonym::{NumberHash, NumberKey, Slot};
use crate::domain::quarantine::Quarantined;
use crate::domain::report::{Head, Part, Report};

/// One analyte.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub feed: FeedId,
    pub head: Head,
    pub claim: Claim,
    pub observation: Observation,
    /// The patient's number by now: the one that was sent, or the one that it went up in.
    pub number: Option<NumberHash>,
    /// Whose it is, as a person decided.
    pub given: Option<Whose>,
    /// It waited under this.
    pub waited: Option<QuarantineId>,
}

impl Item {
    /// An analyte of a report.
    pub(super) fn arrived(report: &Report, part: &Part, observation: &Observation) -> Self {
        Self {
            feed: report.feed.clone(),
            head: part.head.clone(),
            number: part.claim.number.clone(),
            claim: part.claim.clone(),
            observation: observation.clone(),
            given: None,
            waited: None,
        }
    }

    /// One that waited.
    pub(super) fn taken_up(waited: &Stored<Quarantined>, given: Option<&Whose>) -> Self {
        let Quarantined { id, feed, claim, head, observation, .. } = waited.value.clone();
        let number = claim.number.clone();
        Self { feed, head, claim, observation, number, given: given.cloned(), waited: Some(id) }
    }

    /// Where the laboratory's words about it meet.
    pub(super) fn slot(&self, key: &NumberKey) -> Slot {
        key.slot(&self.feed, &self.head, &self.observation)
    }

    /// Under which it waits, where it must: the same for every repeat.
    pub(super) fn quarantine(&self, key: &NumberKey) -> QuarantineId {
        let arrived = || key.quarantine(&self.feed, &self.claim, &self.head, &self.observation);
        self.waited.clone().unwrap_or_else(arrived)
    }
}
