//! Decides when a placed hold is effective: at once with nothing unsettled, when everything on its list is settled,
//! or when the longest life among the unsettled, with its margin, is over on the waiting instance's boot clock.
//! holds.md step 6, H8.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::permit::{Permit, Terms};

/// What made a hold effective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Nothing was unsettled when it was placed.
    AtOnce,
    /// The last unsettled permit was settled.
    Settled,
    /// The longest life among the unsettled is over.
    LifeOver,
}

impl How {
    /// As events and boards write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Settled => "settled",
            Self::LifeOver => "life over",
        }
    }
}

/// What is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Effective.
    Effective(How),
    /// Not before this much more has passed, unless everything is settled sooner.
    Wait(Duration),
}

/// How long this instance has waited, by its boot clock. A restarted instance counts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waited {
    /// Since the hold, as this instance first knew of it.
    pub hold: Duration,
    /// Since safety itself was or may have been restored, where the gap is not reconciled or a peer has not shown its
    /// heads: permits that it has forgotten may be out, so nothing is effective before the longest life possible is over.
    pub restore: Option<Duration>,
}

/// Decides for one hold. `listed` are the permits on its list as they stand.
pub fn readiness<'a>(
    listed: impl IntoIterator<Item = &'a Permit>,
    waited: Waited,
    terms: Terms,
) -> Readiness {
    let unsettled: Vec<&Permit> = listed.into_iter().filter(|permit| permit.is_unsettled()).collect();
    let listed_wait = unsettled.iter().map(|permit| permit.terms.over_after()).max();
    let rest = left(listed_wait, waited.hold)
        .max(left(forgotten(waited, terms), waited.restore.unwrap_or_default()));
    match (unsettled.is_empty(), rest) {
        (_, Some(rest)) => Readiness::Wait(rest),
        (true, None) if waited.restore.is_none() && waited.hold.is_zero() => {
            Readiness::Effective(How::AtOnce)
        }
        (true, None) => Readiness::Effective(How::Settled),
        (false, None) => Readiness::Effective(How::LifeOver),
    }
}

/// At the latest, a hold is effective this long after it was placed.
pub fn at_the_latest<'a>(
    listed: impl IntoIterator<Item = &'a Permit>,
    waited: Waited,
    terms: Terms,
) -> Duration {
    match readiness(listed, Waited { hold: Duration::ZERO, ..waited }, terms) {
        Readiness::Effective(_) => Duration::ZERO,
        Readiness::Wait(rest) => rest,
    }
}

fn forgotten(waited: Waited, terms: Terms) -> Option<Duration> {
    waited.restore.map(|_| terms.longest().over_after())
}

fn left(needed: Option<Duration>, waited: Duration) -> Option<Duration> {
    needed.and_then(|needed| needed.checked_sub(waited)).filter(|rest| !rest.is_zero())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::permit::{Ask, Issue};
    use crate::domain::permit_fact::PermitFact;
    use crate::domain::scope::{Activity, Placement};

    const TERMS: Terms = Terms { life_ms: 5_000, margin_ms: 500 };

    fn permit(life_ms: u64, facts: &[PermitFact]) -> Permit {
        let asked = Ask {
            ask: "ask".into(),
            trial: "pgf-msc".into(),
            activity: Activity::Dosing,
            placement: Placement::unknown("P-017".into()),
            infusion: Some("i2".into()),
            number: 2,
            attempt: 1,
        };
        let issue =
            Issue { id: "p".into(), terms: Terms { life_ms, ..TERMS }, at: Timestamp::UNIX_EPOCH, epoch: 0 };
        facts.iter().try_fold(Permit::adopt(asked, issue), Permit::hear).unwrap()
    }

    fn waited(ms: u64) -> Waited {
        Waited { hold: Duration::from_millis(ms), restore: None }
    }

    #[test]
    fn at_once_with_nothing_unsettled() {
        assert_eq!(readiness([], waited(0), TERMS), Readiness::Effective(How::AtOnce));
        let heard = permit(5_000, &[PermitFact::Heard]);
        assert_eq!(readiness([&heard], waited(0), TERMS), Readiness::Effective(How::AtOnce));
    }

    #[test]
    fn when_the_last_is_settled() {
        let (heard, returned) = (permit(5_000, &[PermitFact::Heard]), permit(5_000, &[PermitFact::Returned]));
        assert_eq!(readiness([&heard, &returned], waited(20), TERMS), Readiness::Effective(How::Settled));
    }

    #[test]
    fn after_the_longest_life_and_margin_from_the_hold() {
        let (short, long) = (permit(2_000, &[]), permit(8_000, &[]));
        let at = |ms| readiness([&short, &long], waited(ms), TERMS);
        assert_eq!(at(2_500), Readiness::Wait(Duration::from_millis(6_000)));
        assert_eq!(at(8_499), Readiness::Wait(Duration::from_millis(1)));
        assert_eq!(at(8_500), Readiness::Effective(How::LifeOver));
    }

    #[test]
    fn a_restored_safety_waits_for_permits_it_has_forgotten() {
        let restored = |ms| Waited { hold: Duration::ZERO, restore: Some(Duration::from_millis(ms)) };
        assert_eq!(readiness([], restored(0), TERMS), Readiness::Wait(Duration::from_millis(30_500)));
        assert_eq!(readiness([], restored(30_500), TERMS), Readiness::Effective(How::Settled));
    }

    proptest! {
        /// H8: never later than life and margin, whatever is or is not told; H1: never sooner while unsettled.
        #[test]
        fn bounded_and_never_early(lives in proptest::collection::vec((2_000_u64..30_000, any::<bool>()), 0..5),
                                   ms in 0_u64..40_000) {
            let permits: Vec<Permit> = lives.iter()
                .map(|(life, heard)| permit(*life, if *heard { &[PermitFact::Heard] } else { &[] }))
                .collect();
            let longest = lives.iter().filter(|(_, heard)| !heard).map(|(life, _)| life + 500).max();
            let effective = matches!(readiness(&permits, waited(ms), TERMS), Readiness::Effective(_));
            prop_assert_eq!(effective, longest.is_none_or(|needed| ms >= needed));
        }
    }
}
