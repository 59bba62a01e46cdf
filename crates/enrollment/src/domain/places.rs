//! Every place of a trial and whose it is, whichever way the file gives them (`[allocation] method`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::choices::Choices;
use super::cohorts::Cohorts;
use super::ids::{ArmId, CohortId, SubjectId, TrialId};
use super::list::RandomizationList;
use super::place::{Line, RunningOut, Slot};
use super::randomization::Stratum;

/// The places of one trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "places", rename_all = "kebab-case")]
pub enum Places {
    /// A sealed list: `permuted-blocks` and `single-arm`.
    List(RandomizationList),
    /// The cohort that is open: `next-cohort`.
    Cohorts(Cohorts),
    /// `investigator-choice`.
    Choices(Choices),
}

/// What one subject's place depends on, beside what is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// What the subject's facts say of the file's strata.
    pub stratum: Stratum,
    /// The cohort that takes the subject again.
    pub again: Option<CohortId>,
    /// The arm that the investigator chose.
    pub arm: Option<ArmId>,
}

/// A place taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// The places after it.
    pub places: Places,
    /// The place.
    pub slot: Slot,
    /// What remains, where people must be told.
    pub running_out: Option<RunningOut>,
}

/// Where an allocation that was not shown could lead: what a hold may stand on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// Every arm.
    pub arms: Vec<ArmId>,
    /// Every cohort.
    pub cohorts: Vec<CohortId>,
}

impl Places {
    /// The trial.
    pub fn trial(&self) -> &TrialId {
        match self {
            Self::List(list) => &list.trial,
            Self::Cohorts(cohorts) => &cohorts.trial,
            Self::Choices(choices) => &choices.trial,
        }
    }

    /// Takes the next place that a subject may have.
    pub fn take(self, subject: &SubjectId, wish: &Wish, at: Timestamp) -> Result<Taking, Refusal> {
        self.takes_the_wish(wish)?;
        Ok(match self {
            Self::List(list) => {
                let (list, slot, running_out) = list.take(subject, wish.stratum.clone(), at)?;
                Taking { places: Self::List(list), slot, running_out }
            }
            Self::Cohorts(cohorts) => {
                let (cohorts, slot, running_out) = cohorts.take(subject, wish.again.as_ref(), at)?;
                Taking { places: Self::Cohorts(cohorts), slot, running_out }
            }
            Self::Choices(choices) => {
                let (choices, slot, running_out) = choices.take(subject, wish.arm.as_ref(), at)?;
                Taking { places: Self::Choices(choices), slot, running_out }
            }
        })
    }

    /// An arm is named only where one is chosen, a cohort only where it takes people again: nobody picks off a list.
    fn takes_the_wish(&self, wish: &Wish) -> Result<(), Refusal> {
        if wish.arm.is_some() && !matches!(self, Self::Choices(_)) {
            return Err(Refusal::NothingToChoose { what: "arm" });
        }
        if wish.again.is_some() && !matches!(self, Self::Cohorts(_)) {
            return Err(Refusal::NothingToChoose { what: "cohort" });
        }
        Ok(())
    }

    /// Where a place could lead as far as anybody may know before it is shown: a list says every arm.
    pub fn could_lead_to(&self, slot: &Slot) -> Possible {
        match (self, &slot.line) {
            (Self::List(list), _) => {
                Possible { arms: list.design.arms().cloned().collect(), cohorts: vec![] }
            }
            _ => match self.shows(slot) {
                Some((arm, cohort)) => Possible { arms: vec![arm], cohorts: cohort.into_iter().collect() },
                None => Possible::default(),
            },
        }
    }

    /// The arm and the cohort of a place. Only for the moment it is shown.
    pub fn shows(&self, slot: &Slot) -> Option<(ArmId, Option<CohortId>)> {
        match (self, &slot.line) {
            (Self::List(list), Line::Stratum(_)) => Some((list.arm(slot)?, None)),
            (Self::Cohorts(cohorts), Line::Cohort(cohort)) => {
                Some((cohorts.arm.clone(), Some(cohort.clone())))
            }
            (Self::Choices(_), Line::Arm(arm)) => Some((arm.clone(), None)),
            _ => None,
        }
    }

    /// Places in all; none where the file sets no number.
    pub fn size(&self) -> Option<u32> {
        match self {
            Self::List(list) => Some(list.size()),
            Self::Cohorts(cohorts) => cohorts.size(),
            Self::Choices(choices) => choices.size(),
        }
    }

    /// Places taken.
    pub fn used(&self) -> u32 {
        let taken = match self {
            Self::List(list) => list.taken(),
            Self::Cohorts(cohorts) => cohorts.taken(),
            Self::Choices(choices) => choices.taken(),
        };
        u32::try_from(taken.len()).unwrap_or(u32::MAX)
    }
}
