//! One analyte as a laboratory sent it, letter by letter, and where its word stands (HL7 table 0085).

use serde::{Deserialize, Serialize};

/// LOINC, as HL7 names it.
pub const LOINC: &str = "LN";

/// One analyte of a report, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// LOINC, or the feed's own code.
    pub code: String,
    /// `LN`, or the name of the feed's own system.
    pub system: String,
    /// Tells analytes of the same code apart.
    pub sub_id: String,
    /// As printed.
    pub value: String,
    /// As printed.
    pub unit: String,
    /// As printed.
    pub range: String,
    /// As printed.
    pub flags: Vec<String>,
    /// Where the word stands.
    pub status: Status,
}

/// Where a laboratory's word about one analyte stands. The order is that of words said in the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// R: entered and not verified.
    NotVerified,
    /// P: preliminary.
    Preliminary,
    /// F: final.
    Final,
    /// U: what was said before is final, and not said again.
    FinalByStatus,
    /// C: corrects an earlier word.
    Corrected,
    /// X: can not be obtained.
    CannotBeObtained,
    /// D: deleted.
    Deleted,
    /// W: was wrong, such as of another patient.
    Wrong,
}

impl Status {
    /// Whether the word decides what stands. A preliminary one never takes the place of another.
    pub fn decides(self) -> bool {
        !matches!(self, Self::NotVerified | Self::Preliminary)
    }

    /// Whether it takes back what stood.
    pub fn takes_back(self) -> bool {
        matches!(self, Self::CannotBeObtained | Self::Deleted | Self::Wrong)
    }
}
