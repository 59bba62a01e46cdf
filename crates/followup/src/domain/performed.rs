//! An activity that was performed: by a person's record, or because a laboratory's result or a recorded fact carries what
//! the activity gives. A performed activity has its day for good; corrections come as further records.

use std::collections::BTreeSet;

use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{RecordId, SubjectId, TrialId};

/// A value that was read, as messages write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Exact decimal with the unit of the dictionary; none for scores and counts.
    Number {
        /// The number.
        number: Decimal,
        /// The unit; empty where there is none.
        unit: String,
    },
    /// Yes or no.
    Yes(bool),
    /// One word.
    Word(String),
    /// Several words.
    Words(Vec<String>),
}

/// A fact that an activity gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The fact of the dictionary.
    pub fact: String,
    /// What was read.
    pub reading: Reading,
    /// When.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
}

/// One analyte of one specimen, or one recorded fact: what does an activity by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Unique for ever, the same for every version.
    pub id: String,
    /// Counts the words about it, from 1.
    pub version: u32,
    /// The fact of the dictionary.
    pub fact: String,
    /// When the specimen was taken.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
    /// No value stands under it any more.
    pub void: bool,
}

/// Where a performed activity comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A person recorded it.
    Person(String),
    /// Findings of one moment stand for it, by id.
    Findings(BTreeSet<String>),
}

/// An activity that was performed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performed {
    /// Its id, unique for ever.
    pub id: RecordId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The activity of the dictionary.
    pub activity: ActivityId,
    /// The site's day.
    pub date: Date,
    /// The moment, where it is known.
    #[serde(with = "micros::optional")]
    pub at: Option<Timestamp>,
    /// Where it comes from.
    pub source: Source,
    /// What it gave outside the laboratory.
    pub facts: Vec<Given>,
    /// The record that it corrects or withdraws.
    pub replaces: Option<RecordId>,
    /// It says only that the replaced one was not so.
    pub withdrawal: bool,
    /// A later record replaced it, or no finding stands for it.
    pub gone: bool,
}

impl Performed {
    /// Whether it counts.
    pub fn stands(&self) -> bool {
        !self.gone && !self.withdrawal
    }

    /// When it was done, each moment that is known: of facts taken one after the other each counts.
    pub fn stamps(&self, zone: &TimeZone) -> Vec<Stamp> {
        let on_day = |at: &Timestamp| at.to_zoned(zone.clone()).date() == self.date;
        let facts = self.facts.iter().map(|given| given.taken_at).filter(on_day);
        let moments: BTreeSet<Timestamp> = self.at.into_iter().chain(facts).collect();
        if moments.is_empty() {
            return vec![Stamp::Day(self.date)];
        }
        moments.into_iter().map(Stamp::Instant).collect()
    }
}
