//! One result of the laboratory as the ladder of a drug asks for it. The newest word about a result stands, whatever the
//! order in which the words are heard.

use holdpoint_clinical::{Quantity, Unit};
use holdpoint_protocol::eval::{Chart, Stamp, Value};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{SubjectId, TrialId};

/// One analyte of one specimen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The laboratory's id of it, the same for every version.
    pub result: String,
    /// Higher with each word about it.
    pub version: u32,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Fact of the dictionaries: `platelets`.
    pub fact: String,
    /// The number in the dictionary's unit; none where it is void or no number.
    pub number: Option<Decimal>,
    /// That unit.
    pub unit: String,
    /// When the specimen was taken.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
}

impl Reading {
    /// Whether this word takes the place of another about the same result.
    pub fn supersedes(&self, known: &Self) -> bool {
        self.version > known.version
    }

    /// Writes it into a chart. What is void, or can be no value of a fact, leaves the fact unknown.
    pub fn note(&self, chart: &mut Chart) {
        let (Some(number), Ok(fact), Ok(unit)) = (self.number, self.fact.parse(), self.unit.parse::<Unit>())
        else {
            return;
        };
        chart.facts.record(fact, Value::Number(Quantity::new(number, unit)), Stamp::Instant(self.taken_at));
    }
}
