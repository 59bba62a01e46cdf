//! How many analytes of a feed arrived for a trial and what became of each when it arrived: once each, whatever is taken
//! up again later.

use serde::{Deserialize, Serialize};

use super::ids::{FeedId, TrialId};

/// What became of one analyte when it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrival {
    /// The first word that stands.
    Accepted,
    /// The same word came before.
    Duplicate,
    /// It took the place of what stood, or took it back.
    Corrected,
    /// It waits for a person.
    Quarantined,
    /// Kept, and used for nothing: preliminary, of no trial's analytes, or overtaken by a later word.
    Kept,
}

/// Counts of one feed for one trial; without a trial, of analytes whose subject nobody knew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The feed.
    pub feed: FeedId,
    /// The trial.
    pub trial: Option<TrialId>,
    /// How often each.
    pub accepted: u64,
    /// See above.
    pub duplicates: u64,
    /// See above.
    pub corrected: u64,
    /// See above.
    pub quarantined: u64,
    /// See above.
    pub kept: u64,
}

impl Tally {
    /// Nothing arrived.
    pub fn none(feed: FeedId, trial: Option<TrialId>) -> Self {
        Self { feed, trial, accepted: 0, duplicates: 0, corrected: 0, quarantined: 0, kept: 0 }
    }

    /// One more.
    pub fn count(&mut self, arrival: Arrival) {
        *match arrival {
            Arrival::Accepted => &mut self.accepted,
            Arrival::Duplicate => &mut self.duplicates,
            Arrival::Corrected => &mut self.corrected,
            Arrival::Quarantined => &mut self.quarantined,
            Arrival::Kept => &mut self.kept,
        } += 1;
    }

    /// The counts of several feeds together.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.corrected += other.corrected;
        self.quarantined += other.quarantined;
        self.kept += other.kept;
    }
}
