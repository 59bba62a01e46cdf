//! Decides what becomes of a record of something given: it stands until another corrects or withdraws it, and is never
//! deleted. What was corrected once is corrected at its successor.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::ids::{RecordId, SubjectId, TrialId};
use super::refusal::Refusal;

/// Whether a record counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts.
    Stands,
    /// This record took its place.
    Corrected(RecordId),
    /// It was wrong altogether, by this record.
    Withdrawn(RecordId),
}

/// What every record says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id, unique for ever.
    pub id: RecordId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Who wrote it down.
    pub by: String,
    /// When it was written down.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Whether it counts.
    pub standing: Standing,
}

impl Record {
    /// Whether it counts.
    pub fn stands(&self) -> bool {
        self.standing == Standing::Stands
    }

    /// Another record takes its place.
    pub fn corrected(self, by: &RecordId) -> Result<Self, Refusal> {
        self.ended(Standing::Corrected(by.clone()))
    }

    /// It was wrong altogether.
    pub fn withdrawn(self, by: &RecordId) -> Result<Self, Refusal> {
        self.ended(Standing::Withdrawn(by.clone()))
    }

    fn ended(self, standing: Standing) -> Result<Self, Refusal> {
        match &self.standing {
            Standing::Stands => Ok(Self { standing, ..self }),
            Standing::Corrected(by) | Standing::Withdrawn(by) => {
                Err(Refusal::RecordReplaced { record: self.id, by: by.clone() })
            }
        }
    }
}

impl Standing {
    /// The word that answers use.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Corrected(_) => "corrected",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    /// The record that ended it.
    pub fn ended_by(&self) -> Option<&RecordId> {
        match self {
            Self::Stands => None,
            Self::Corrected(by) | Self::Withdrawn(by) => Some(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            id: "r-1".into(),
            trial: "t".into(),
            subject: "P-001".into(),
            by: "nurse".into(),
            at: Timestamp::UNIX_EPOCH,
            standing: Standing::Stands,
        }
    }

    #[test]
    fn a_record_is_ended_once_and_names_what_ended_it() {
        let corrected = record().corrected(&"r-2".into()).unwrap();
        assert!(!corrected.stands());
        assert_eq!(corrected.standing.ended_by(), Some(&"r-2".into()));
        let again = Err(Refusal::RecordReplaced { record: "r-1".into(), by: "r-2".into() });
        assert_eq!(corrected.clone().corrected(&"r-3".into()), again);
        assert_eq!(corrected.withdrawn(&"r-3".into()), again);
        let withdrawn = record().withdrawn(&"r-2".into()).unwrap();
        assert_eq!(withdrawn.standing.as_str(), "withdrawn");
        assert!(withdrawn.corrected(&"r-3".into()).is_err());
    }
}
