//! Decides whether the moment to start is still within the permit's life. A `Go` is made here and nowhere else, only
//! while the permit lives, and it can be neither stored nor copied (holds.md step 4; H1, H3).

use std::time::Duration;

use super::ids::{Attempt, PermitId};

/// The shortest and the longest life that a permit may have (holds.md, "Words").
pub const LIFE: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(30);

/// A permit as safety answered it. It has no stored form: only its id outlives the handler that asked.
#[derive(Debug)]
pub struct Permit {
    id: PermitId,
    life: Duration,
    margin: Duration,
}

/// The permit's life less margin was over before the `Go` could be said, or its life is none that a permit may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeOver {
    /// What had passed since the ask, by the clock that ran further.
    pub elapsed: Duration,
    /// Life less margin.
    pub allowed: Duration,
}

/// The answer that lets a bedside start. Never stored, never repeated: it has no serialized form and no copy.
#[derive(Debug)]
#[must_use = "a Go that is not said is a permit that must be voided"]
pub struct Go {
    permit: PermitId,
    attempt: Attempt,
    life: Duration,
}

impl Permit {
    /// A permit by the words of safety's answer.
    pub fn new(id: PermitId, life: Duration, margin: Duration) -> Self {
        Self { id, life, margin }
    }

    /// The permit's id.
    pub fn id(&self) -> &PermitId {
        &self.id
    }

    /// How long after the ask dosing may still say `Go`: life less margin; nothing when the life is no permit's.
    fn allowed(&self) -> Duration {
        if LIFE.contains(&self.life) { self.life.saturating_sub(self.margin) } else { Duration::ZERO }
    }
}

impl Go {
    /// The `Go` of a claimed permit while its life less margin is not over. `elapsed` is the larger of the boot
    /// clock's and the wall clock's advance since the ask, read after the commit of the claim.
    pub fn while_alive(permit: Permit, attempt: Attempt, elapsed: Duration) -> Result<Self, LifeOver> {
        let allowed = permit.allowed();
        if elapsed < allowed {
            Ok(Self { permit: permit.id, attempt, life: permit.life })
        } else {
            Err(LifeOver { elapsed, allowed })
        }
    }

    /// The permit it was given under.
    pub fn permit(&self) -> &PermitId {
        &self.permit
    }

    /// The attempt it answers.
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// How long it is valid, counted by the listener from its own ask.
    pub fn life(&self) -> Duration {
        self.life
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn permit(life_ms: u64, margin_ms: u64) -> Permit {
        Permit::new("p".into(), Duration::from_millis(life_ms), Duration::from_millis(margin_ms))
    }

    #[test]
    fn a_go_is_given_until_life_less_margin_and_not_at_it() {
        let said = |ms| Go::while_alive(permit(5_000, 500), Attempt(1), Duration::from_millis(ms)).is_ok();
        assert!(said(0));
        assert!(said(4_499));
        assert!(!said(4_500));
        assert!(!said(60_000));
    }

    #[test]
    fn a_life_that_no_permit_may_have_gives_no_go() {
        for (life, margin) in [(0, 0), (1_999, 0), (30_001, 500), (2_000, 2_000), (2_000, 9_000)] {
            assert!(
                Go::while_alive(permit(life, margin), Attempt(1), Duration::ZERO).is_err(),
                "{life} {margin}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_go_outlives_its_life_less_margin(life in 0u64..40_000, margin in 0u64..5_000, at in 0u64..60_000) {
            if Go::while_alive(permit(life, margin), Attempt(1), Duration::from_millis(at)).is_ok() {
                prop_assert!(at + margin < life);
            }
        }
    }
}
