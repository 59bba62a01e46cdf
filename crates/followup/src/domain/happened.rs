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

/// Days of events that were found in data, by event: a correction takes a day back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Found(BTreeMap<String, BTreeSet<Date>>);

impl Found {
    /// An event was found on a day.
    pub fn tell(&mut self, event: String, day: Date) {
        self.0.entry(event).or_default().insert(day);
    }

    /// It is not found on that day any more.
    pub fn withdraw(&mut self, event: &str, day: Date) {
        if let Some(days) = self.0.get_mut(event) {
            days.remove(&day);
        }
    }

    /// Each event with each of its days.
    pub fn standing(&self) -> impl Iterator<Item = (&str, Date)> {
        self.0.iter().flat_map(|(event, days)| days.iter().map(move |day| (event.as_str(), *day)))
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
