//! Something that happened to a subject on a day: transplant, poor graft function, relapse, death. A correction or
//! a withdrawal is a further record; what it replaces stays visible (semantics 27 and 28).

use holdpoint_chassis::identity::Role;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{EventId, MilestoneId, SubjectId, TrialId};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Its id.
    pub id: MilestoneId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The event of the file or its dictionaries.
    pub event: EventId,
    /// Civil date at the site.
    pub date: Date,
    /// The hour, where it is known.
    pub at: Option<Timestamp>,
    /// The role that signed it, for events that a file wants confirmed.
    pub confirmed_by: Option<Role>,
    /// The record that this one corrects or withdraws.
    pub replaces: Option<MilestoneId>,
    /// Whether it counts.
    pub standing: Standing,
    /// When it was entered, civil time.
    pub recorded_at: Timestamp,
    /// Found in the data by the platform, recorded by nobody.
    #[serde(default)]
    pub derived: bool,
    /// Since when what is recorded does not show it any more, though it was signed. The signature stays, and opens
    /// nothing meanwhile.
    #[serde(default)]
    pub ground_lost: Option<Timestamp>,
}

/// Whether a record counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "by", rename_all = "kebab-case")]
pub enum Standing {
    /// It counts.
    Stands,
    /// A later record says otherwise.
    Corrected(MilestoneId),
    /// A later record takes it back.
    Withdrawn(MilestoneId),
    /// It is itself the taking back of another.
    Withdrawal,
}

impl Milestone {
    /// Whether it counts as having happened.
    pub fn stands(&self) -> bool {
        self.standing == Standing::Stands
    }

    /// Whether it opens what the file hangs on it: it counts, and what is recorded still shows it.
    pub fn opens(&self) -> bool {
        self.stands() && self.ground_lost.is_none()
    }

    /// Whether it is a signature that stands.
    pub fn is_signature(&self) -> bool {
        self.stands() && self.confirmed_by.is_some()
    }

    /// Is replaced by a later record, which corrects or withdraws it. What was replaced cannot be again.
    pub fn replaced(mut self, by: &MilestoneId, withdraw: bool) -> Result<Self, Refusal> {
        if !self.stands() {
            return Err(Refusal::MilestoneReplaced { milestone: self.id });
        }
        self.standing =
            if withdraw { Standing::Withdrawn(by.clone()) } else { Standing::Corrected(by.clone()) };
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_replaced_stays_visible_and_is_replaced_once() {
        let record = Milestone {
            id: "m1".parse().unwrap(),
            trial: "pgf-msc".parse().unwrap(),
            subject: "P-017".parse().unwrap(),
            event: "relapse".parse().unwrap(),
            date: jiff::civil::date(2026, 3, 1),
            at: None,
            confirmed_by: None,
            replaces: None,
            standing: Standing::Stands,
            recorded_at: Timestamp::UNIX_EPOCH,
            derived: false,
            ground_lost: None,
        };
        let second: MilestoneId = "m2".parse().unwrap();
        let withdrawn = record.clone().replaced(&second, true).unwrap();
        assert_eq!((withdrawn.date, withdrawn.stands()), (record.date, false));
        assert_eq!(withdrawn.standing, Standing::Withdrawn(second.clone()));
        assert!(matches!(withdrawn.replaced(&second, false), Err(Refusal::MilestoneReplaced { .. })));
        let corrected = record.replaced(&second, false).unwrap();
        assert_eq!(corrected.standing, Standing::Corrected(second));
    }
}
