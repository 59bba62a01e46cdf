//! A room's own copy of a hold and whom it covers. What is not known of a subject counts as covered (holds.md, step 2).
//! Safety decides; a copy is judged first, and shows on screens what stands still.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::ids::{HoldId, InfusionId, PermitId, SubjectId, TrialId};

/// What a hold can stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Every allocation.
    Randomization,
    /// The first dose of a subject.
    FirstDose,
    /// Every dose; covers the first.
    Dosing,
}

impl Activity {
    /// Whether stopping this stops that.
    pub fn stops(self, that: Self) -> bool {
        self == that || (self == Self::Dosing && that == Self::FirstDose)
    }
}

/// What a hold covers, with every narrower thing inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole trial.
    Trial,
    /// A site of it.
    Site(String),
    /// An arm.
    Arm(String),
    /// A cohort.
    Cohort(String),
    /// One subject.
    Subject(SubjectId),
}

/// Where a room believes a subject stands. None is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The subject.
    pub subject: SubjectId,
    /// Its site.
    pub site: Option<String>,
    /// Its arm.
    pub arm: Option<String>,
    /// Its cohort.
    pub cohort: Option<String>,
}

impl Scope {
    /// Whether it covers a subject; unknown counts as covered.
    pub fn covers(&self, at: &Placement) -> bool {
        let inside = |known: &Option<String>, held: &String| known.as_ref().is_none_or(|known| known == held);
        match self {
            Self::Trial => true,
            Self::Site(site) => inside(&at.site, site),
            Self::Arm(arm) => inside(&at.arm, arm),
            Self::Cohort(cohort) => inside(&at.cohort, cohort),
            Self::Subject(subject) => *subject == at.subject,
        }
    }
}

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// Nothing is permitted any more; permits given before may still be heard.
    Placed,
    /// No permit given before can be heard any more.
    Effective,
    /// Taken away by two people.
    Released,
}

/// A hold as safety's events told it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The trial.
    pub trial: TrialId,
    /// What it covers.
    pub scope: Scope,
    /// What it stops.
    pub activities: BTreeSet<Activity>,
    /// Its kind, as safety writes it.
    pub kind: String,
    /// Why, in safety's words.
    pub reason: String,
    /// How far it has come.
    pub state: HoldState,
    /// When it was placed, civil.
    #[serde(with = "micros::required")]
    pub placed_at: Timestamp,
    /// Permits for infusions that safety listed as in flight and unsettled when it was placed.
    #[serde(default)]
    pub unsettled: BTreeMap<PermitId, InfusionId>,
    /// The service that went back in time, where that is why it was placed.
    #[serde(default)]
    pub went_back: Option<String>,
}

impl Hold {
    /// Whether it stops this activity for this subject.
    pub fn stops(&self, activity: Activity, at: &Placement) -> bool {
        self.state != HoldState::Released
            && self.activities.iter().any(|held| held.stops(activity))
            && self.scope.covers(at)
    }
}

/// The holds that stop an activity for a subject, in the order given.
pub fn standing<'a>(
    holds: impl IntoIterator<Item = &'a Hold>,
    activity: Activity,
    at: &Placement,
) -> Vec<HoldId> {
    holds.into_iter().filter(|hold| hold.stops(activity, at)).map(|hold| hold.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(scope: Scope, activity: Activity) -> Hold {
        Hold {
            id: "h".into(),
            trial: "t".into(),
            scope,
            activities: BTreeSet::from([activity]),
            kind: "pending-board-decision".into(),
            reason: "rule".into(),
            state: HoldState::Placed,
            placed_at: Timestamp::UNIX_EPOCH,
            unsettled: BTreeMap::new(),
            went_back: None,
        }
    }

    fn at(site: Option<&str>) -> Placement {
        Placement {
            subject: "P-001".into(),
            site: site.map(str::to_owned),
            arm: Some("msc".into()),
            cohort: None,
        }
    }

    #[test]
    fn a_scope_covers_what_is_inside_it_and_what_is_unknown() {
        for (scope, covered) in [
            (Scope::Trial, true),
            (Scope::Site("cq2".into()), true),
            (Scope::Site("bj1".into()), false),
            (Scope::Arm("msc".into()), true),
            (Scope::Arm("control".into()), false),
            (Scope::Cohort("A".into()), true),
            (Scope::Subject("P-001".into()), true),
            (Scope::Subject("P-002".into()), false),
        ] {
            assert_eq!(scope.covers(&at(Some("cq2"))), covered, "{scope:?}");
        }
        assert!(Scope::Site("bj1".into()).covers(&at(None)), "an unknown site counts as covered");
    }

    #[test]
    fn dosing_covers_the_first_dose_and_randomization_covers_neither() {
        let stops = |held, asked| hold(Scope::Trial, held).stops(asked, &at(None));
        assert!(stops(Activity::Dosing, Activity::FirstDose));
        assert!(stops(Activity::FirstDose, Activity::FirstDose));
        assert!(!stops(Activity::FirstDose, Activity::Dosing));
        assert!(!stops(Activity::Randomization, Activity::Dosing));
    }

    #[test]
    fn a_released_hold_stops_nothing_and_the_other_stays() {
        let mut first = hold(Scope::Trial, Activity::Dosing);
        let second = Hold { id: "second".into(), ..first.clone() };
        first.state = HoldState::Released;
        assert_eq!(standing([&first, &second], Activity::Dosing, &at(None)), ["second".into()]);
    }
}
