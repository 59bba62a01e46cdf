//! What became of one analyte, in words that a laboratory's engineer can act on.

use serde::{Deserialize, Serialize};

use super::ids::{QuarantineId, ResultId};
use super::tally::Arrival;

/// What became of one analyte of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// The result it stands under, and which word of it it is.
    pub result: Option<(ResultId, u32)>,
    /// Why, in words that a laboratory's engineer can act on.
    pub reason: String,
    /// Under which it waits.
    pub quarantine: Option<QuarantineId>,
}

/// What became of one analyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was taken, one way or another.
    Arrived(Arrival),
    /// It can not be read at all; nothing of it is used.
    Refused,
}

impl Answer {
    /// It can not be read.
    pub fn refused(why: &str) -> Self {
        Self { outcome: Outcome::Refused, result: None, reason: why.to_owned(), quarantine: None }
    }

    /// It says nothing that a result could stand under.
    pub fn passed(why: &str) -> Self {
        let outcome = Outcome::Arrived(Arrival::Kept);
        Self { outcome, result: None, reason: why.to_owned(), quarantine: None }
    }
}
