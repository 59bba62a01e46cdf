//! What safety must be told before the recorder is answered: death, relapse, withdrawal and whatever else wakes a
//! rule. While safety is silent it is "recorded, NOT yet held", and it is told again until it answers
//! (holds.md, "What places a hold without waiting for an event").

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{HoldId, MilestoneId, RuleId, SubjectId, TrialId};
use super::subject::Axis;

/// One thing to tell safety.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id: the milestone's, or a fresh one.
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What happened.
    pub of: Happened,
    /// Whether safety has answered.
    pub told: Told,
    /// When it was recorded, civil time.
    pub recorded_at: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Happened {
    /// A milestone was recorded, corrected or withdrawn.
    Milestone {
        /// Which record.
        milestone: MilestoneId,
    },
    /// A person ended treatment or study by a rule.
    Discontinued {
        /// The rule.
        rule: RuleId,
        /// The wider of the axes that it ended.
        axis: Axis,
        /// When.
        at: Timestamp,
    },
}

/// Whether safety has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "kebab-case")]
pub enum Told {
    /// Recorded, NOT yet held.
    NotYetHeld,
    /// Safety ran its rules and placed these holds.
    Held(Vec<HoldId>),
}

impl Notice {
    /// A notice that safety has not answered.
    pub fn open(
        id: String,
        trial: TrialId,
        subject: SubjectId,
        of: Happened,
        recorded_at: Timestamp,
    ) -> Self {
        Self { id, trial, subject, of, told: Told::NotYetHeld, recorded_at }
    }

    /// Whether safety is still to answer.
    pub fn is_open(&self) -> bool {
        self.told == Told::NotYetHeld
    }

    /// Whether it tells of this milestone.
    pub fn is_of(&self, milestone: &MilestoneId) -> bool {
        matches!(&self.of, Happened::Milestone { milestone: told } if told == milestone)
    }

    /// Safety answered. A second answer changes nothing: the first stands.
    pub fn answered(mut self, holds: Vec<HoldId>) -> Self {
        if self.is_open() {
            self.told = Told::Held(holds);
        }
        self
    }
}
