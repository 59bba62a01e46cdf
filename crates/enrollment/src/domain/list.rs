//! The randomization list in use: sealed before the first subject, its places taken in order, each once, for ever.
//! A place that was drawn stays its subject's, whatever happens to the permit; at the end the list refuses.
//! holds.md, "A randomisation"; field.md stories 11 to 14.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{ArmId, SubjectId, TrialId};
use super::place::{Line, RunningOut, Slot, Taken, announced, next};
use super::randomization::{ALGORITHM, Design, Seed, Stratum, draw};

/// The list of a trial. Which arm comes next is in nobody's sight: it is reckoned from the seed when it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RandomizationList {
    /// The trial.
    pub trial: TrialId,
    /// Name and version of the way it is drawn.
    pub algorithm: String,
    /// Arms and blocks as the file said when it was sealed.
    pub design: Design,
    seed: Seed,
    taken: Vec<Taken>,
}

/// Why a stored list is not the one its seed gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The list was drawn in a way this program does not know.
    #[error("the list was drawn by {0}; this program knows {ALGORITHM}")]
    Algorithm(String),
    /// Places are not taken one after the other.
    #[error("subject {subject} has place {found} of its list; the next was {next}")]
    OutOfOrder {
        /// Whose place it is.
        subject: SubjectId,
        /// The place it has.
        found: u32,
        /// The place that was next.
        next: u32,
    },
    /// A subject has an arm that is not on its place.
    #[error("subject {0} was shown an arm that is not the one of its place")]
    OtherArm(SubjectId),
    /// Two places, one subject.
    #[error("subject {0} has two places")]
    Twice(SubjectId),
}

impl RandomizationList {
    /// Seals a list that no subject has a place on yet.
    pub fn seal(trial: TrialId, design: Design, seed: Seed) -> Self {
        Self { trial, algorithm: ALGORITHM.to_owned(), design, seed, taken: vec![] }
    }

    /// SHA-256 of the seed, lower-case hexadecimal: all that is told of it.
    pub fn seed_sha256(&self) -> String {
        self.seed.sha256()
    }

    /// Places in all.
    pub fn size(&self) -> u32 {
        self.design.size()
    }

    /// Places drawn.
    pub fn used(&self) -> u32 {
        u32::try_from(self.taken.len()).unwrap_or(u32::MAX)
    }

    /// The places drawn, in the order they were.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// Draws the next place of a stratum for a subject. Refuses at the end of the list, and a second draw.
    pub fn take(
        mut self,
        subject: &SubjectId,
        stratum: Stratum,
        at: Timestamp,
    ) -> Result<(Self, Slot, Option<RunningOut>), Refusal> {
        if self.taken.iter().any(|taken| &taken.subject == subject) {
            return Err(Refusal::SlotAlreadyDrawn { subject: subject.clone() });
        }
        if self.used() >= self.size() {
            return Err(Refusal::ListExhausted { size: self.size() });
        }
        let slot = next(&self.taken, Line::Stratum(stratum));
        self.taken.push(Taken { slot: slot.clone(), subject: subject.clone(), at });
        let (size, used) = (self.size(), self.used());
        let running_out = announced(used, size).then(|| RunningOut { remaining: size - used, cohort: None });
        Ok((self, slot, running_out))
    }

    /// The arm that stands on a place. Only for the moment it is shown.
    pub fn arm(&self, slot: &Slot) -> Option<ArmId> {
        let at = slot.number.checked_sub(1)? as usize;
        draw(&self.seed, &self.design, slot.stratum()?).get(at).map(|&arm| arm.clone())
    }

    /// Replays the whole list from its seed and compares what was shown: the auditor's check.
    pub fn verify<'a>(
        &self,
        shown: impl IntoIterator<Item = (&'a SubjectId, &'a Slot, &'a ArmId)>,
    ) -> Result<(), Mismatch> {
        if self.algorithm != ALGORITHM {
            return Err(Mismatch::Algorithm(self.algorithm.clone()));
        }
        let mut next_of = std::collections::BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for Taken { slot, subject, .. } in &self.taken {
            let expected = next_of.entry(&slot.line).or_insert(1);
            if slot.number != *expected {
                let (subject, next) = (subject.clone(), *expected);
                return Err(Mismatch::OutOfOrder { subject, found: slot.number, next });
            }
            *expected += 1;
            if !seen.insert(subject) {
                return Err(Mismatch::Twice(subject.clone()));
            }
        }
        for (subject, slot, arm) in shown {
            let own = self.taken.iter().any(|taken| &taken.subject == subject && &taken.slot == slot);
            if !own || self.arm(slot).as_ref() != Some(arm) {
                return Err(Mismatch::OtherArm(subject.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::randomization::Share;
    use super::*;

    fn list(seed: [u8; 32]) -> RandomizationList {
        let share = |arm: &str| Share { arm: arm.parse().unwrap(), ratio: 1, size: 34 };
        let design = Design::new(vec![share("msc"), share("control")], vec![4, 6]).unwrap();
        RandomizationList::seal("pgf-msc".parse().unwrap(), design, Seed::new(seed))
    }

    fn subject(n: usize) -> SubjectId {
        format!("P-{n:03}").parse().unwrap()
    }

    #[test]
    fn sixty_eight_fit_the_sixty_ninth_is_refused_and_the_end_is_announced() {
        let mut list = list([7; 32]);
        let mut told = vec![];
        let mut arms = std::collections::BTreeMap::new();
        for n in 1..=68 {
            let (after, slot, running_out) =
                list.take(&subject(n), Stratum::default(), Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(slot.number as usize, n);
            *arms.entry(after.arm(&slot).unwrap().to_string()).or_insert(0) += 1;
            told.extend(running_out.map(|out| out.remaining));
            list = after;
        }
        assert_eq!(told, [13, 6, 0]);
        assert_eq!(arms.into_values().collect::<Vec<_>>(), [34, 34]);
        let refused = list.take(&subject(69), Stratum::default(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(refused, Refusal::ListExhausted { size: 68 });
    }

    #[test]
    fn a_subject_draws_once() {
        let (list, ..) = list([1; 32]).take(&subject(1), Stratum::default(), Timestamp::UNIX_EPOCH).unwrap();
        let again = list.take(&subject(1), Stratum::default(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(again, Refusal::SlotAlreadyDrawn { subject: subject(1) });
    }

    #[test]
    fn a_swapped_arm_is_found() {
        let (list, slot, _) =
            list([1; 32]).take(&subject(1), Stratum::default(), Timestamp::UNIX_EPOCH).unwrap();
        let arm = list.arm(&slot).unwrap();
        let other: ArmId = if arm.as_str() == "msc" { "control" } else { "msc" }.parse().unwrap();
        assert_eq!(list.verify([(&subject(1), &slot, &arm)]), Ok(()));
        assert_eq!(list.verify([(&subject(1), &slot, &other)]), Err(Mismatch::OtherArm(subject(1))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_happens_in_one_stratum_shifts_nobody_in_another(order in prop::collection::vec(any::<bool>(), 1..60)) {
            let stratum = |haplo: bool| {
                Stratum::new([("donor".to_owned(), if haplo { "haplo" } else { "sibling" }.to_owned())])
            };
            let mut mixed = list([3; 32]);
            let mut shown = vec![];
            for (n, haplo) in order.iter().enumerate() {
                let (after, slot, _) = mixed.take(&subject(n), stratum(*haplo), Timestamp::UNIX_EPOCH).unwrap();
                shown.push((subject(n), slot.clone(), after.arm(&slot).unwrap()));
                mixed = after;
            }
            for haplo in [true, false] {
                let alone = draw(&mixed.seed, &mixed.design, &stratum(haplo));
                let got = shown.iter().filter(|(_, slot, _)| slot.stratum() == Some(&stratum(haplo)));
                prop_assert!(got.map(|(.., arm)| arm).zip(alone).all(|(a, b)| a == b));
            }
            prop_assert_eq!(mixed.verify(shown.iter().map(|(s, slot, arm)| (s, slot, arm))), Ok(()));
        }
    }
}
