//! Enrollment's own copy of safety's holds: for screens, for the suspension check and for an early refusal. Whether
//! a subject may be allocated is decided by safety's permit alone; nobody's safety depends on this copy.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{HoldId, PermitId, SiteId, SubjectId, TrialId};

/// What a hold covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "kebab-case")]
pub enum Scope {
    /// Everything.
    Trial,
    /// One site.
    Site(String),
    /// One arm.
    Arm(String),
    /// One cohort.
    Cohort(String),
    /// One subject.
    Subject(String),
}

/// Where a hold stands. Several events of one hold may come in any order across redeliveries: only forward counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// No permit is given; some may be out.
    Placed,
    /// Nothing it covers can start.
    Effective,
    /// Over.
    Released,
}

/// One hold, copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCopy {
    /// Its id.
    pub id: HoldId,
    /// The trial.
    pub trial: TrialId,
    /// What it covers.
    pub scope: Scope,
    /// Whether it stops allocation.
    pub stops_randomization: bool,
    /// The service that went back in time, where that is why it was placed: people release it once they have reconciled.
    #[serde(default)]
    pub went_back: Option<String>,
    /// Why, in safety's words.
    pub reason: String,
    /// Where it stands.
    pub state: HoldState,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Permits for allocations that safety listed as in flight and unsettled when it was placed, with whose each is.
    #[serde(default)]
    pub unsettled: BTreeMap<PermitId, SubjectId>,
}

impl HoldCopy {
    /// A later state; never back.
    pub fn moved(mut self, to: HoldState) -> Self {
        self.state = self.state.max(to);
        self
    }

    /// Whether it meets a subject whose arm is not known: unknown counts as covered.
    pub fn covers(&self, subject: &SubjectId, site: &SiteId) -> bool {
        match &self.scope {
            Scope::Trial | Scope::Arm(_) | Scope::Cohort(_) => true,
            Scope::Site(held) => held == site.as_str(),
            Scope::Subject(held) => held == subject.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(scope: Scope) -> HoldCopy {
        HoldCopy {
            id: "h1".parse().unwrap(),
            trial: "pgf-msc".parse().unwrap(),
            scope,
            stops_randomization: true,
            went_back: None,
            reason: "rule suspend-ventilation (Protocol 7.3.1)".into(),
            state: HoldState::Placed,
            placed_at: Timestamp::UNIX_EPOCH,
            unsettled: BTreeMap::new(),
        }
    }

    #[test]
    fn an_unknown_arm_counts_as_covered() {
        let (subject, site) = ("P-017".parse().unwrap(), "cq2".parse().unwrap());
        let covered = |scope| hold(scope).covers(&subject, &site);
        assert!(covered(Scope::Trial));
        assert!(covered(Scope::Arm("msc".into())));
        assert!(covered(Scope::Cohort("A".into())));
        assert!(covered(Scope::Site("cq2".into())));
        assert!(!covered(Scope::Site("bj1".into())));
        assert!(covered(Scope::Subject("P-017".into())));
        assert!(!covered(Scope::Subject("P-018".into())));
        let released = hold(Scope::Trial).moved(HoldState::Released).moved(HoldState::Effective);
        assert_eq!(released.state, HoldState::Released);
    }
}
