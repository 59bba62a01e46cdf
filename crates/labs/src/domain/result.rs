//! One analyte of one specimen of one subject, with every word of the laboratory about it. What stands is a matter of
//! the words alone, not of the order in which they came: the last by the time it was said, then by its status.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::identity::Whose;
use super::ids::{FeedId, ResultId};
use super::observation::{Observation, Status};
use super::pseudonym::Slot;
use super::reading::Reading;
use super::report::Head;
use super::tally::Arrival;

/// One word of the laboratory: what arrived beside what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Which it is of those that came, from 1.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// As printed.
    pub value: String,
    /// As printed.
    pub unit: String,
    /// As printed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub range: String,
    /// As printed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub flags: Vec<String>,
    /// When the specimen was taken.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
    /// When the laboratory said it.
    #[serde(with = "micros::required")]
    pub issued_at: Timestamp,
    /// When it came.
    #[serde(with = "micros::required")]
    pub arrived_at: Timestamp,
    /// The sender's id of the message.
    pub message: String,
    /// What it became.
    pub reading: Reading,
}

/// One analyte of one specimen of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabResult {
    /// Unique for ever.
    pub id: ResultId,
    /// The analyte of the specimen, whoever's it is.
    pub slot: Slot,
    /// Who sent it.
    pub feed: FeedId,
    /// Whose it is.
    #[serde(flatten)]
    pub whose: Whose,
    /// The laboratory's code.
    pub code: String,
    /// The system of the code.
    pub system: String,
    /// The fact of the trial's dictionaries; none where the trial has no use for the analyte.
    pub fact: Option<String>,
    /// The dictionary's unit.
    pub unit: Option<String>,
    /// What was said, in the order it came.
    pub words: Vec<Word>,
}

/// What stands under a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that could be used: no word yet that decides.
    Nothing,
    /// A value, or words in its place.
    Stands {
        /// The word that decides.
        version: u32,
        /// When the specimen was taken.
        taken_at: Timestamp,
        /// The value.
        reading: Reading,
    },
    /// It was taken back.
    Void {
        /// The word that took it back.
        version: u32,
        /// When the specimen was taken.
        taken_at: Timestamp,
    },
}

impl LabResult {
    /// Takes one more word. The same word again changes nothing.
    pub fn hear(
        &mut self,
        observation: &Observation,
        head: &Head,
        reading: Reading,
        now: Timestamp,
    ) -> Arrival {
        let word = Word {
            version: u32::try_from(self.words.len()).unwrap_or(u32::MAX).saturating_add(1),
            status: observation.status,
            value: observation.value.clone(),
            unit: observation.unit.clone(),
            range: observation.range.clone(),
            flags: observation.flags.clone(),
            taken_at: head.taken_at,
            issued_at: head.issued_at,
            arrived_at: now,
            message: head.message.clone(),
            reading,
        };
        if self.words.iter().any(|known| known.says_the_same(&word)) {
            return Arrival::Duplicate;
        }
        let before = self.standing();
        self.words.push(word);
        match (before, self.standing()) {
            (before, after) if before == after => Arrival::Kept,
            (Standing::Nothing, Standing::Stands { .. }) => Arrival::Accepted,
            (Standing::Nothing, _) => Arrival::Kept,
            _ => Arrival::Corrected,
        }
    }

    /// What stands: the last word that decides, by the time it was said, then by its status.
    pub fn standing(&self) -> Standing {
        let Some(last) =
            self.words.iter().filter(|word| word.status.decides()).max_by_key(|word| word.order())
        else {
            return Standing::Nothing;
        };
        let (version, taken_at) = (last.version, last.taken_at);
        if last.status.takes_back() {
            return Standing::Void { version, taken_at };
        }
        let peers = self.words.iter().filter(|word| word.order() == last.order());
        let reading = match agreed(peers) {
            Reading::Nothing if last.status == Status::FinalByStatus => self.said_before(last),
            reading => reading,
        };
        match reading {
            Reading::Nothing => Standing::Nothing,
            reading => Standing::Stands { version, taken_at, reading },
        }
    }

    /// What was said last before a word that says its status alone.
    fn said_before(&self, word: &Word) -> Reading {
        let says = |earlier: &&Word| {
            earlier.order() < word.order()
                && !earlier.status.takes_back()
                && earlier.reading != Reading::Nothing
        };
        let last = self.words.iter().filter(says).map(Word::order).max();
        agreed(self.words.iter().filter(says).filter(|earlier| Some(earlier.order()) == last))
    }
}

/// What words of one moment and status say. Where they say different things, none of it is a number.
fn agreed<'a>(words: impl Iterator<Item = &'a Word>) -> Reading {
    let readings = words.map(|word| word.reading.clone());
    readings.reduce(|one, other| if one == other { one } else { Reading::Words }).unwrap_or(Reading::Nothing)
}

impl Word {
    fn order(&self) -> (Timestamp, Status) {
        (self.issued_at, self.status)
    }

    /// Whether the laboratory said this before, in whatever message.
    fn says_the_same(&self, other: &Self) -> bool {
        let content = |word: &Self| (word.status, word.taken_at, word.issued_at);
        content(self) == content(other)
            && self.value == other.value
            && self.unit == other.unit
            && self.range == other.range
            && self.flags == other.flags
    }
}

#[cfg(test)]
#[path = "result_tests.rs"]
mod tests;
