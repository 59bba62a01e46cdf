//! A clinical fact that no laboratory sends, as a person recorded it, and the signed answer to a question that the
//! file leaves to a person. Both are appended, never edited: the newest decides, the earlier stay visible.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{FactId, SubjectId, TrialId};

/// What a fact is, exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "kebab-case")]
pub enum Reading {
    /// A number with its unit as the dictionary writes it; empty for a score.
    Number {
        /// Exact decimal.
        number: Decimal,
        /// "kg", "e9/L", "" for none.
        unit: String,
    },
    /// Yes or no.
    Yes(bool),
    /// One word of the dictionary.
    Word(String),
    /// Several words ticked at once; none ticked is none.
    Words(Vec<String>),
    /// A civil date.
    Date(Date),
}

/// One recorded fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Fresh id of the record.
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The fact.
    pub fact: FactId,
    /// Its value.
    pub reading: Reading,
    /// When it was read from the patient.
    pub taken_at: Timestamp,
    /// "chart", "bedside", "laboratory report".
    pub source: String,
    /// Done for the trial, or routine care.
    pub trial_procedure: bool,
    /// When it was entered.
    pub recorded_at: Timestamp,
}

/// One signed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Fresh id of the record.
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// "include.organs", "exclude.infection".
    pub criterion: String,
    /// Is the file's statement true of this subject?
    pub holds: bool,
    /// The day it is true of.
    pub date: Date,
    /// Who signed.
    pub by: String,
    /// In which role, as tokens write it.
    pub role: String,
    /// When it was signed.
    pub signed_at: Timestamp,
}
