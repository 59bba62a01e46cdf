//! Observed facts: values with the times at which they were so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use holdpoint_clinical::Quantity;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::time::{Bounds, Stamp};
use crate::dictionary::{Fact, FactKind};
use crate::ids::{FactId, Word};

/// One value of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// A measured number with its unit; scores and counts have none.
    Number(Quantity),
    /// Yes or no.
    Yes(bool),
    /// A word of a choice or an order.
    Word(Word),
    /// The words ticked, where several may be.
    Words(BTreeSet<Word>),
    /// The time from one day to another, compared in calendar units.
    Elapsed {
        /// The day of the event it counts from.
        since: Date,
        /// The day it is looked at.
        until: Date,
    },
}

/// A value and when it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The value.
    pub value: Value,
    /// When the fact took it.
    pub at: Stamp,
}

/// The values that facts have taken. A correction replaces a value; a change adds one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts(BTreeMap<FactId, Vec<Observed>>);

impl Value {
    /// A score or a count.
    pub fn pure(number: impl Into<Decimal>) -> Self {
        Self::Number(Quantity::pure(number.into()))
    }

    /// Whether the fact can have this value: its kind, unit, range, step and words (semantics 1: what is
    /// no value of the fact leaves it unknown).
    pub fn fits(&self, fact: &Fact) -> bool {
        match (self, &fact.kind) {
            (Self::Number(quantity), kind) => kind.is_number() && number_fits(quantity, fact),
            (Self::Yes(_), FactKind::YesNo) | (Self::Elapsed { .. }, FactKind::Elapsed(_)) => true,
            (Self::Word(word), kind) => kind.words().contains(word),
            (Self::Words(words), kind) => fact.many && words.iter().all(|word| kind.words().contains(word)),
            _ => false,
        }
    }
}

fn number_fits(quantity: &Quantity, fact: &Fact) -> bool {
    let in_range =
        fact.range.is_none_or(|range| range.least <= quantity.value && quantity.value <= range.most);
    let on_step =
        fact.step.is_none_or(|step| quantity.value.checked_rem(step).is_some_and(|rest| rest.is_zero()));
    quantity.unit == fact.unit && in_range && on_step
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(quantity) => write!(f, "{quantity}"),
            Self::Yes(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Word(word) => write!(f, "{word}"),
            Self::Words(words) if words.is_empty() => f.write_str("none"),
            Self::Words(words) => {
                f.write_str(&words.iter().map(Word::as_str).collect::<Vec<_>>().join(" and "))
            }
            Self::Elapsed { since, until } => write!(f, "the time from {since} to {until}"),
        }
    }
}

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// These facts and one value more.
    #[must_use]
    pub fn with(mut self, fact: FactId, value: Value, at: Stamp) -> Self {
        self.record(fact, value, at);
        self
    }

    /// Adds one value.
    pub fn record(&mut self, fact: FactId, value: Value, at: Stamp) {
        self.0.entry(fact).or_default().push(Observed { value, at });
    }

    /// All values of a fact, in the order recorded.
    pub fn of(&self, fact: &FactId) -> &[Observed] {
        self.0.get(fact).map_or(&[], Vec::as_slice)
    }

    /// A fact that has values, with all of them, in the order recorded.
    pub fn entry(&self, fact: &FactId) -> Option<(&FactId, &[Observed])> {
        self.0.get_key_value(fact).map(|(fact, values)| (fact, values.as_slice()))
    }

    /// Facts and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&FactId, &[Observed])> {
        self.0.iter().map(|(fact, values)| (fact, values.as_slice()))
    }

    /// Adds one value in place of those of the same time.
    pub fn correct(&mut self, fact: FactId, value: Value, at: Stamp) {
        let values = self.0.entry(fact).or_default();
        values.retain(|observed| observed.at != at);
        values.push(Observed { value, at });
    }

    /// The values that a fact may have at an instant; without one, at the end of all that is recorded.
    /// More than one where days without a time, or no date at all, leave open which is the later. A value
    /// of which only the day is known counts from the first moment of that day.
    pub fn standing(&self, fact: &FactId, at: Option<Timestamp>, zone: &TimeZone) -> Vec<&Observed> {
        let dated = self.of(fact).iter().map(|observed| (observed, observed.at.bounds(zone)));
        let taken: Vec<_> = dated
            .filter(|(_, bounds)| bounds.zip(at).is_none_or(|(bounds, at)| bounds.earliest <= at))
            .collect();
        let last_start = taken.iter().filter_map(|(_, bounds)| bounds.map(|bounds| bounds.earliest)).max();
        let stands = |(observed, bounds): &(_, Option<Bounds>)| {
            let superseded = bounds.zip(last_start).is_some_and(|(bounds, last)| last > bounds.latest);
            (!superseded).then_some(*observed)
        };
        taken.iter().filter_map(stands).collect()
    }
}
