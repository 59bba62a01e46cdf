//! What happened to a subject, each source's word kept apart: a record that corrects or withdraws another finds it again,
//! and the order in which sources are heard changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::ids::RecordId;

/// Something that happened on a day, as somebody recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Id of the event in the trial file or its dictionaries.
    pub event: String,
    /// Civil date at the site.
    pub date: Date,
    /// The moment, where the hour is known.
    #[serde(with = "micros::optional", default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Taken back by a later record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// Occurrences by the record that told each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Occurrences(BTreeMap<RecordId, Occurrence>);

impl Occurrences {
    /// Takes a record in; the one that it replaces stands no more.
    pub fn tell(&mut self, record: RecordId, replaces: &RecordId, told: Occurrence) {
        if let Some(replaced) = self.0.get_mut(replaces) {
            replaced.withdrawn = true;
        }
        self.0.insert(record, told);
    }

    /// What stands, in the order of its records.
    pub fn standing(&self) -> impl Iterator<Item = &Occurrence> {
        self.0.values().filter(|told| !told.withdrawn)
    }
}

/// The day of each event that was found in the counts: one day an event, as labs last told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Found(BTreeMap<String, Date>);

impl Found {
    /// An event was found on a day, or moved to it.
    pub fn tell(&mut self, event: String, day: Date) {
        self.0.insert(event, day);
    }

    /// It is not found any more.
    pub fn withdraw(&mut self, event: &str) {
        self.0.remove(event);
    }

    /// Each event with its day.
    pub fn standing(&self) -> impl Iterator<Item = (&str, Date)> {
        self.0.iter().map(|(event, day)| (event.as_str(), *day))
    }
}

/// Changes of drug levels that a file may know as events, each with its days: a drug can be stopped twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels(BTreeSet<(String, Date)>);

impl Levels {
    /// A level was set on a day.
    pub fn tell(&mut self, event: String, day: Date) {
        self.0.insert((event, day));
    }

    /// Each event with each of its days.
    pub fn standing(&self) -> impl Iterator<Item = (&str, Date)> {
        self.0.iter().map(|(event, day)| (event.as_str(), *day))
    }
}

/// A permitted start of a dose. It counts until it is known to be void (semantics 13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The infusion.
    pub infusion: String,
    /// When cells began to flow; before that is said, when the permit was claimed.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Known to be no start.
    pub void: bool,
}

/// Treatment, or the whole study, ended for a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Id of the rule: the reason code.
    pub rule: String,
    /// Since when.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}
