//! Decides whether a hold's scope covers a subject. What is not known about the subject counts as covered, and a
//! randomization is covered when any arm or cohort it could lead to is (holds.md, "Words" and step 2).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ids::{ArmId, CohortId, SiteId, SubjectId};

/// What a hold can stop. Laboratory, safety and follow-up work are not on the list: they never stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Every allocation: by list, by cohort or by choice.
    Randomization,
    /// The first dose of a subject.
    FirstDose,
    /// Every dose.
    Dosing,
}

impl Activity {
    /// Whether stopping this activity stops the other: dosing covers the first dose, never the reverse.
    pub fn stops(self, other: Self) -> bool {
        self == other || (self == Self::Dosing && other == Self::FirstDose)
    }
}

/// What a hold covers: the named thing and every narrower thing inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole trial.
    Trial,
    /// One site.
    Site(SiteId),
    /// One arm.
    Arm(ArmId),
    /// One cohort.
    Cohort(CohortId),
    /// One subject.
    Subject(SubjectId),
}

/// Where one side believes a subject stands, or could come to stand. An absent site and an empty set mean unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Placement {
    /// The subject, always known.
    pub subject: SubjectId,
    /// The subject's site.
    pub site: Option<SiteId>,
    /// The subject's arm, or each arm that an allocation could lead to.
    pub arms: BTreeSet<ArmId>,
    /// The subject's cohort, or each cohort that an allocation could lead to.
    pub cohorts: BTreeSet<CohortId>,
}

impl Placement {
    /// A subject of whom nothing else is known.
    pub fn unknown(subject: SubjectId) -> Self {
        Self { subject, site: None, arms: BTreeSet::new(), cohorts: BTreeSet::new() }
    }
}

impl Scope {
    /// Whether this scope covers the subject in this view.
    pub fn covers(&self, view: &Placement) -> bool {
        match self {
            Self::Trial => true,
            Self::Site(site) => view.site.as_ref().is_none_or(|known| known == site),
            Self::Arm(arm) => view.arms.is_empty() || view.arms.contains(arm),
            Self::Cohort(cohort) => view.cohorts.is_empty() || view.cohorts.contains(cohort),
            Self::Subject(subject) => view.subject == *subject,
        }
    }

    /// Whether this scope covers the subject in either side's view. No view at all is no knowledge: covered.
    pub fn covers_any<'a>(&self, views: impl IntoIterator<Item = &'a Placement>) -> bool {
        let mut views = views.into_iter().peekable();
        views.peek().is_none() || views.any(|view| self.covers(view))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(site: Option<&str>, arms: &[&str], cohorts: &[&str]) -> Placement {
        Placement {
            subject: "P-017".into(),
            site: site.map(Into::into),
            arms: arms.iter().map(|arm| (*arm).into()).collect(),
            cohorts: cohorts.iter().map(|cohort| (*cohort).into()).collect(),
        }
    }

    #[test]
    fn dosing_covers_the_first_dose_and_nothing_the_other_way() {
        assert!(Activity::Dosing.stops(Activity::FirstDose));
        assert!(!Activity::FirstDose.stops(Activity::Dosing));
        assert!(!Activity::Dosing.stops(Activity::Randomization));
        assert!(!Activity::Randomization.stops(Activity::Dosing));
    }

    #[test]
    fn each_scope_covers_what_lies_inside_it() {
        let known = view(Some("cq2"), &["msc"], &["A"]);
        for (scope, covered) in [
            (Scope::Trial, true),
            (Scope::Site("cq2".into()), true),
            (Scope::Site("bj1".into()), false),
            (Scope::Arm("msc".into()), true),
            (Scope::Arm("control".into()), false),
            (Scope::Cohort("A".into()), true),
            (Scope::Cohort("B".into()), false),
            (Scope::Subject("P-017".into()), true),
            (Scope::Subject("P-018".into()), false),
        ] {
            assert_eq!(scope.covers(&known), covered, "{scope:?}");
        }
    }

    #[test]
    fn unknown_counts_as_covered() {
        let nothing = Placement::unknown("P-017".into());
        for scope in [Scope::Site("bj1".into()), Scope::Arm("x".into()), Scope::Cohort("B".into())] {
            assert!(scope.covers(&nothing), "{scope:?}");
        }
        assert!(!Scope::Subject("P-018".into()).covers(&nothing));
    }

    #[test]
    fn any_possible_arm_is_enough_for_a_randomization() {
        let candidate = view(Some("cq2"), &["msc", "control"], &["A"]);
        assert!(Scope::Arm("control".into()).covers(&candidate));
        assert!(!Scope::Arm("third".into()).covers(&candidate));
    }

    #[test]
    fn no_view_is_no_knowledge() {
        assert!(Scope::Subject("P-018".into()).covers_any([]));
    }

    fn any_scope() -> impl Strategy<Value = Scope> {
        prop_oneof![
            Just(Scope::Trial),
            "[ab]".prop_map(|id| Scope::Site(id.into())),
            "[ab]".prop_map(|id| Scope::Arm(id.into())),
            "[ab]".prop_map(|id| Scope::Cohort(id.into())),
            "[ab]".prop_map(|id| Scope::Subject(id.into())),
        ]
    }

    proptest! {
        /// Forgetting something about a subject never frees it from a hold.
        #[test]
        fn knowing_less_never_uncovers(scope in any_scope(), site in "[ab]", arm in "[ab]", cohort in "[ab]",
                                       forget in 0_u8..3) {
            let full = Placement { subject: "a".into(), ..view(Some(&site), &[&arm], &[&cohort]) };
            let mut less = full.clone();
            match forget {
                0 => less.site = None,
                1 => less.arms.clear(),
                _ => less.cohorts.clear(),
            }
            prop_assert!(!scope.covers(&full) || scope.covers(&less));
        }

        /// Either side's view suffices.
        #[test]
        fn one_covering_view_suffices(scope in any_scope(), one in "[ab]", two in "[ab]") {
            let (mine, theirs) = (view(Some(&one), &[&one], &[&one]), view(Some(&two), &[&two], &[&two]));
            prop_assert_eq!(scope.covers_any([&mine, &theirs]), scope.covers(&mine) || scope.covers(&theirs));
        }
    }
}
