//! A place of a trial, whichever way its file gives places: by a sealed list, in the cohort that is open, or in the arm
//! that an investigator chose. Taken once, for ever, and never moved: who leaves keeps it (field.md stories 11 to 13).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ArmId, CohortId, SubjectId};
use super::randomization::Stratum;

/// What places are counted along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "kebab-case")]
pub enum Line {
    /// The sealed list of a stratum.
    Stratum(Stratum),
    /// A cohort.
    Cohort(CohortId),
    /// An arm that an investigator chose.
    Arm(ArmId),
}

/// A place. On a sealed list it says nothing of the arm that stands there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// What it is counted along.
    pub line: Line,
    /// 1 for the first.
    pub number: u32,
}

/// One place and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Taken {
    /// The place.
    pub slot: Slot,
    /// The subject, once and for ever.
    pub subject: SubjectId,
    /// When it was taken, civil time.
    pub at: Timestamp,
}

/// What remains after a place was taken, where people must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningOut {
    /// Places left.
    pub remaining: u32,
    /// Of this cohort; none is of the whole trial.
    pub cohort: Option<CohortId>,
}

impl Slot {
    /// The stratum it was drawn in; none where no list is drawn.
    pub fn stratum(&self) -> Option<&Stratum> {
        match &self.line {
            Line::Stratum(stratum) => Some(stratum),
            Line::Cohort(_) | Line::Arm(_) => None,
        }
    }
}

/// The place after those of a line that are taken.
pub fn next(taken: &[Taken], line: Line) -> Slot {
    let before = taken.iter().filter(|taken| taken.slot.line == line).count();
    Slot { line, number: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1) }
}

/// Whether the place that makes `used` of `size` is one that people are told of: the one that reaches 80 %, the one
/// that reaches 90 %, and the last.
pub fn announced(used: u32, size: u32) -> bool {
    let reaches = |percent: u64| {
        let share = |used: u32| u64::from(used) * 100 >= u64::from(size) * percent;
        share(used) && !share(used.saturating_sub(1))
    };
    used > 0 && (reaches(80) || reaches(90) || used == size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_announced_at_eighty_and_ninety_percent_and_with_the_last_place() {
        let told = |size: u32| (1..=size).filter(|used| announced(*used, size)).collect::<Vec<_>>();
        assert_eq!(told(68), [55, 62, 68]);
        assert_eq!(told(5), [4, 5]);
        assert_eq!(told(3), [3]);
        assert_eq!(told(1), [1]);
        assert_eq!(told(0), [0_u32; 0]);
    }
}
