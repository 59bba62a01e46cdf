//! Cohorts: the groups of an escalation, opened one after the other.

use super::{Head, Inject};
use crate::condition::Condition;
use crate::ids::CohortId;
use crate::scalar::{Dose, Interval};

/// `[cohort.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Its id.
    pub id: CohortId,
    /// Section, label and assumptions.
    pub head: Head,
    /// How many subjects.
    pub size: Option<CohortSize>,
    /// Whom it takes.
    pub who: Option<Condition>,
    /// The injections of one dose, over those of the regimen.
    pub inject: Inject,
    /// What is given at once, in place of the regimen's.
    pub dose: Option<Dose>,
    /// How many doses, in place of the regimen's.
    pub times: Option<u32>,
    /// How far apart.
    pub every: Option<Interval>,
    /// The earlier cohort whose people are treated again.
    pub returns: Option<CohortId>,
    /// Documents that must be there.
    pub needs: Vec<String>,
}

/// How many subjects a cohort takes: `3`, or `3..5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CohortSize {
    /// At least.
    pub least: u32,
    /// At most.
    pub most: u32,
}

impl std::fmt::Display for CohortSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.least == self.most {
            write!(f, "{}", self.most)
        } else {
            write!(f, "{}..{}", self.least, self.most)
        }
    }
}
