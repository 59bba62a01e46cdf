//! Places in the arms of a trial without randomization, where the investigator chooses the arm. A choice that took a
//! place stands: it is shown again under a further permit, never made again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{ArmId, SubjectId, TrialId};
use super::place::{Line, RunningOut, Slot, Taken, announced, next};

/// The arms and whose place is where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The trial.
    pub trial: TrialId,
    /// Each arm with how many it takes; none is as many as the trial does.
    arms: BTreeMap<ArmId, Option<u32>>,
    /// How many the trial takes, where the file says so.
    total: Option<u32>,
    taken: Vec<Taken>,
}

impl Choices {
    /// Arms that nobody was put into.
    pub fn begin(trial: TrialId, arms: BTreeMap<ArmId, Option<u32>>, total: Option<u32>) -> Self {
        Self { trial, arms, total, taken: vec![] }
    }

    /// The places taken, in the order they were.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// Places in all, where the file sets a number.
    pub fn size(&self) -> Option<u32> {
        self.total.or_else(|| self.arms.values().copied().sum())
    }

    /// Takes the next place of the arm that was chosen.
    pub fn take(
        mut self,
        subject: &SubjectId,
        chosen: Option<&ArmId>,
        at: Timestamp,
    ) -> Result<(Self, Slot, Option<RunningOut>), Refusal> {
        let arm = chosen.filter(|arm| self.arms.contains_key(*arm));
        let arm = arm.ok_or_else(|| Refusal::ArmToChoose { allowed: self.arms.keys().cloned().collect() })?;
        if self.taken.iter().any(|taken| &taken.subject == subject) {
            return Err(Refusal::SlotAlreadyDrawn { subject: subject.clone() });
        }
        if let Some(size) = self.size().filter(|size| self.taken.len() >= *size as usize) {
            return Err(Refusal::ListExhausted { size });
        }
        let slot = next(&self.taken, Line::Arm(arm.clone()));
        if let Some(size) = self.arms.get(arm).copied().flatten().filter(|size| slot.number > *size) {
            return Err(Refusal::ArmFull { size });
        }
        self.taken.push(Taken { slot: slot.clone(), subject: subject.clone(), at });
        let used = u32::try_from(self.taken.len()).unwrap_or(u32::MAX);
        let near = self.size().filter(|size| announced(used, *size));
        let running_out = near.map(|size| RunningOut { remaining: size.saturating_sub(used), cohort: None });
        Ok((self, slot, running_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_choice_is_one_of_the_arms_and_is_made_once() {
        let (once, thrice): (ArmId, ArmId) = ("once".parse().unwrap(), "thrice".parse().unwrap());
        let arms = BTreeMap::from([(once.clone(), Some(1)), (thrice.clone(), None)]);
        let choices = Choices::begin("pgf-msc".parse().unwrap(), arms, None);
        let subject = |n: u32| format!("P-{n}").parse::<SubjectId>().unwrap();
        let allowed = vec![once.clone(), thrice.clone()];
        for wrong in [None, Some(&"twice".parse().unwrap())] {
            let refused = choices.clone().take(&subject(1), wrong, AT).unwrap_err();
            assert_eq!(refused, Refusal::ArmToChoose { allowed: allowed.clone() });
        }
        let (choices, slot, _) = choices.take(&subject(1), Some(&once), AT).unwrap();
        assert_eq!((slot.line, slot.number), (Line::Arm(once.clone()), 1));
        let full = choices.clone().take(&subject(2), Some(&once), AT).unwrap_err();
        assert_eq!(full, Refusal::ArmFull { size: 1 });
        let twice = choices.clone().take(&subject(1), Some(&thrice), AT).unwrap_err();
        assert_eq!(twice, Refusal::SlotAlreadyDrawn { subject: subject(1) });
        assert!(choices.take(&subject(2), Some(&thrice), AT).is_ok());
    }
}
