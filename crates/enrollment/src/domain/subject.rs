//! A subject of a trial, from screening to the shown allocation; and two axes beside it, treatment and study, which
//! end separately, each with the rule that ended it (Protocol 4.4, 4.5, 7.3.3; facts.md R8). No personal data here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::allocation::{self, Asking, Attempt, Before, Sealed, Shown};
use super::consent::{Consent, Consents};
use super::ids::{ArmId, CohortId, PermitId, RuleId, SiteId, SubjectId, TrialId};
use super::place::{Line, Slot};

/// How far a subject has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Stage {
    /// The record is open; nothing was signed.
    Screened,
    /// Consented, not allocated.
    Consented {
        /// To what, when.
        consents: Consents,
    },
    /// A place on the list is the subject's; its arm was shown to nobody.
    Sealed {
        /// To what, when.
        consents: Consents,
        /// The place and how the newest attempt stands.
        sealed: Sealed,
    },
    /// The allocation was shown and acknowledged.
    Randomized {
        /// To what, when.
        consents: Consents,
        /// What was shown.
        shown: Shown,
    },
    /// Registered and never allocated (Protocol 7.3.3).
    ScreenFailed {
        /// To what, when; none if nothing was signed.
        consents: Option<Consents>,
        /// The rule that failed it.
        rule: RuleId,
        /// When.
        at: Timestamp,
    },
}

/// One of the two axes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Course {
    /// It goes on.
    #[default]
    Going,
    /// It ended.
    Ended {
        /// The reason code.
        rule: RuleId,
        /// When.
        at: Timestamp,
    },
}

/// Treatment or study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// No further dose; follow-up goes on.
    Treatment,
    /// No further data.
    Study,
}

impl Axis {
    /// As events write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::Study => "study",
        }
    }
}

/// One dose as dosing told it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dose {
    /// 1 for the first.
    pub number: u32,
    /// When cells began to flow.
    pub started_at: Timestamp,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
}

/// A subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The trial.
    pub trial: TrialId,
    /// The trial's own code.
    pub id: SubjectId,
    /// Where it is treated.
    pub site: SiteId,
    /// Civil date of the first screening procedure.
    pub screened_on: Date,
    /// The version in force when the record was opened.
    pub screened_under: String,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is on treatment.
    pub treatment: Course,
    /// Whether it is in the study.
    pub study: Course,
    /// Doses by the permit of their start.
    pub doses: BTreeMap<String, Dose>,
    /// Earlier allocations of somebody who is treated again in a further cohort, in order.
    #[serde(default)]
    pub earlier: Vec<Shown>,
}

/// What an attempt to randomize leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A permit may be asked for.
    MayAsk(Before),
    /// It was shown and acknowledged before: the record of it, and no permit to act.
    Record(Shown),
}

impl Subject {
    /// The consents given so far.
    pub fn consents(&self) -> Option<&Consents> {
        match &self.stage {
            Stage::Screened => None,
            Stage::Consented { consents }
            | Stage::Sealed { consents, .. }
            | Stage::Randomized { consents, .. } => Some(consents),
            Stage::ScreenFailed { consents, .. } => consents.as_ref(),
        }
    }

    /// The protocol version that holds for this subject: the one consented to; before that, the one screened under.
    pub fn version(&self) -> &str {
        self.consents().map_or(&self.screened_under, |consents| &consents.newest().version)
    }

    /// What was shown, if it was: of somebody who waits to be shown a further allocation, the one before.
    pub fn shown(&self) -> Option<&Shown> {
        match &self.stage {
            Stage::Randomized { shown, .. } => Some(shown),
            _ => self.earlier.last(),
        }
    }

    /// Every allocation that was shown, in order.
    pub fn allocations(&self) -> impl Iterator<Item = &Shown> {
        let newest = match &self.stage {
            Stage::Randomized { shown, .. } => Some(shown),
            _ => None,
        };
        self.earlier.iter().chain(newest)
    }

    /// The state as the contract names it.
    pub fn state(&self) -> &'static str {
        match self.stage {
            Stage::Screened => "screened",
            Stage::Consented { .. } => "consented",
            Stage::Sealed { .. } => "sealed",
            Stage::Randomized { .. } => "randomized",
            Stage::ScreenFailed { .. } => "screen-failed",
        }
    }

    /// A consent, the first or a further one.
    pub fn consent(mut self, consent: Consent) -> Result<Self, Refusal> {
        self.still_in_study()?;
        self.stage = match self.stage {
            Stage::Screened => Stage::Consented { consents: Consents::first(consent) },
            Stage::Consented { consents } => Stage::Consented { consents: consents.and(consent) },
            Stage::Sealed { consents, sealed } => Stage::Sealed { consents: consents.and(consent), sealed },
            Stage::Randomized { consents, shown } => {
                Stage::Randomized { consents: consents.and(consent), shown }
            }
            Stage::ScreenFailed { .. } => return Err(self.wrong_state("consent")),
        };
        Ok(self)
    }

    /// A consent in the place of the newest, which was entered wrongly.
    pub fn correct_consent(mut self, consent: Consent) -> Result<Self, Refusal> {
        self.stage = match self.stage {
            Stage::Screened | Stage::ScreenFailed { consents: None, .. } => {
                return Err(Refusal::NothingToCorrect);
            }
            Stage::Consented { consents } => Stage::Consented { consents: consents.correct(consent) },
            Stage::Sealed { consents, sealed } => {
                Stage::Sealed { consents: consents.correct(consent), sealed }
            }
            Stage::Randomized { consents, shown } => {
                Stage::Randomized { consents: consents.correct(consent), shown }
            }
            Stage::ScreenFailed { consents: Some(consents), rule, at } => {
                Stage::ScreenFailed { consents: Some(consents.correct(consent)), rule, at }
            }
        };
        Ok(self)
    }

    /// A trial procedure needs a consent of an earlier or the same day (Protocol 6.2; facts.md R54).
    pub fn may_be_examined_for_the_trial(&self, on: Date) -> Result<(), Refusal> {
        match self.consents().map(Consents::earliest) {
            Some(earliest) if earliest <= on => Ok(()),
            consented_on => Err(Refusal::BeforeConsent { on, consented_on }),
        }
    }

    /// Whether this attempt may ask for an allocation: the first, or one in a cohort that takes the subject again.
    pub fn ask(
        &self,
        attempt: Attempt,
        statement: Option<&str>,
        again: Option<&CohortId>,
    ) -> Result<Asked, Refusal> {
        let asked_for = |shown: &&Shown| again.is_none() || shown.cohort.as_ref() == again;
        let sealed = match &self.stage {
            Stage::Consented { .. } => None,
            Stage::Sealed { sealed, .. } => Some(sealed),
            Stage::Randomized { .. } => match self.allocations().filter(asked_for).last() {
                Some(shown) => return Ok(Asked::Record(shown.clone())),
                None => None,
            },
            Stage::Screened | Stage::ScreenFailed { .. } => return Err(self.wrong_state("allocation")),
        };
        self.still_treated()?;
        allocation::ask(sealed, attempt, statement).map(Asked::MayAsk)
    }

    /// Claims a permit for the subject's place.
    pub fn claim(
        mut self,
        slot: Slot,
        permit: PermitId,
        attempt: Attempt,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        self.still_treated()?;
        let (consents, earlier) = match self.stage {
            Stage::Consented { consents } => (consents, None),
            Stage::Sealed { consents, sealed } => (consents, Some(sealed)),
            // Treated again, in a further cohort. What was shown stays.
            Stage::Randomized { consents, shown }
                if matches!(slot.line, Line::Cohort(_)) && shown.slot.line != slot.line =>
            {
                self.earlier.push(shown);
                (consents, None)
            }
            _ => return Err(self.wrong_state("allocation")),
        };
        let sealed = Sealed::claim(earlier, slot, permit, attempt, at)?;
        self.stage = Stage::Sealed { consents, sealed };
        Ok(self)
    }

    /// The place that the subject has and that was not shown.
    pub fn sealed_slot(&self) -> Option<&Slot> {
        match &self.stage {
            Stage::Sealed { sealed, .. } => Some(&sealed.slot),
            _ => None,
        }
    }

    /// The newest place that the subject has.
    pub fn slot(&self) -> Option<&Slot> {
        self.sealed_slot().or_else(|| self.shown().map(|shown| &shown.slot))
    }

    /// The permit that is out, with the civil time of its claim.
    pub fn starting(&self) -> Option<(&PermitId, Timestamp)> {
        match &self.stage {
            Stage::Sealed { sealed: Sealed { asking: Asking::Starting { permit, at, .. }, .. }, .. } => {
                Some((permit, *at))
            }
            _ => None,
        }
    }

    /// Voids a permit; the place stays the subject's.
    pub fn void(mut self, permit: &PermitId) -> Result<Self, Refusal> {
        let Stage::Sealed { consents, sealed } = self.stage else { return Err(Refusal::PermitNotStarting) };
        self.stage = Stage::Sealed { consents, sealed: sealed.void(permit)? };
        Ok(self)
    }

    /// The answer under this permit was heard in time.
    pub fn heard(
        mut self,
        permit: &PermitId,
        arm: ArmId,
        cohort: Option<CohortId>,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        let Stage::Sealed { consents, sealed } = self.stage else { return Err(Refusal::PermitNotStarting) };
        self.stage = Stage::Randomized { consents, shown: sealed.heard(permit, arm, cohort, at)? };
        Ok(self)
    }

    /// Ends one axis. The end of the study is the end of treatment too; what ended stays ended as it did.
    pub fn discontinue(mut self, axis: Axis, rule: RuleId, at: Timestamp) -> Result<Self, Refusal> {
        let course = match axis {
            Axis::Treatment => &mut self.treatment,
            Axis::Study => &mut self.study,
        };
        if let Course::Ended { rule, .. } = course {
            return Err(Refusal::CourseEnded { axis, rule: rule.clone() });
        }
        *course = Course::Ended { rule: rule.clone(), at };
        if axis == Axis::Study && self.treatment == Course::Going {
            self.treatment = Course::Ended { rule, at };
        }
        Ok(self)
    }

    /// Registered, never allocated. Who has a place on the list is no screen failure (Protocol 7.3.3).
    pub fn fail_screening(mut self, rule: RuleId, at: Timestamp) -> Result<Self, Refusal> {
        let consents = match self.stage {
            Stage::Screened => None,
            Stage::Consented { consents } => Some(consents),
            _ => return Err(self.wrong_state("screen failure")),
        };
        self.stage = Stage::ScreenFailed { consents, rule, at };
        Ok(self)
    }

    /// Whether the subject is still in the study.
    pub fn still_in_study(&self) -> Result<(), Refusal> {
        match &self.study {
            Course::Going => Ok(()),
            Course::Ended { rule, .. } => Err(Refusal::CourseEnded { axis: Axis::Study, rule: rule.clone() }),
        }
    }

    fn still_treated(&self) -> Result<(), Refusal> {
        self.still_in_study()?;
        match &self.treatment {
            Course::Going => Ok(()),
            Course::Ended { rule, .. } => {
                Err(Refusal::CourseEnded { axis: Axis::Treatment, rule: rule.clone() })
            }
        }
    }

    fn wrong_state(&self, wanted: &'static str) -> Refusal {
        Refusal::WrongState { wanted, state: self.state() }
    }
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
