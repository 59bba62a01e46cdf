//! One subject's way from the question to the shown allocation: a permit is claimed for a place on the list, then
//! heard, or void. What is void is the permit, never the place: that stays the subject's, sealed, and is shown under
//! a further permit. holds.md steps 3 and 4 and "A randomisation".

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{ArmId, CohortId, PermitId};
use super::place::Slot;

/// 1, then higher for each further try.
pub type Attempt = u32;

/// A place taken whose allocation nobody has been shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sealed {
    /// The place.
    pub slot: Slot,
    /// How the newest attempt stands.
    pub asking: Asking,
}

/// How the newest attempt stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Asking {
    /// A permit was claimed; its answer may be on its way.
    Starting {
        /// The claimed permit.
        permit: PermitId,
        /// The attempt it was claimed for.
        attempt: Attempt,
        /// Civil time of the claim.
        at: Timestamp,
    },
    /// The answer was never given, or was not heard by a person's statement.
    Void {
        /// The attempt that came to nothing.
        attempt: Attempt,
    },
}

/// An allocation that was shown and acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shown {
    /// The place it stood on.
    pub slot: Slot,
    /// The arm.
    pub arm: ArmId,
    /// The cohort, where the trial has cohorts.
    pub cohort: Option<CohortId>,
    /// The permit under which it was shown.
    pub permit: PermitId,
    /// The attempt that was heard.
    pub attempt: Attempt,
    /// Civil time of the acknowledgement.
    pub at: Timestamp,
}

/// What must happen before a further permit may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// The permit of the earlier attempt is voided, by the person's statement.
    Void(PermitId),
}

/// Whether an attempt may ask for a permit. A repeat of an attempt hears "already asked", never an allocation; a
/// higher one voids an unacknowledged permit, and needs the person's statement for it.
pub fn ask(sealed: Option<&Sealed>, attempt: Attempt, statement: Option<&str>) -> Result<Before, Refusal> {
    if attempt == 0 {
        return Err(Refusal::AttemptZero);
    }
    let Some(sealed) = sealed else { return Ok(Before::Nothing) };
    let newest = sealed.asking.attempt();
    if attempt <= newest {
        return Err(Refusal::AlreadyAsked { attempt, newest });
    }
    match &sealed.asking {
        Asking::Void { .. } => Ok(Before::Nothing),
        Asking::Starting { permit, .. } => match statement.map(str::trim).filter(|text| !text.is_empty()) {
            Some(_) => Ok(Before::Void(permit.clone())),
            None => Err(Refusal::StatementMissing { newest }),
        },
    }
}

/// Whether an allocation may still be shown under a permit: `elapsed` is the larger of both clocks' advance since the
/// ask, read after the commit of the claim.
pub fn may_be_shown(elapsed: Duration, life: Duration, margin: Duration) -> bool {
    elapsed.saturating_add(margin) < life
}

impl Asking {
    /// The newest attempt.
    pub fn attempt(&self) -> Attempt {
        match self {
            Self::Starting { attempt, .. } | Self::Void { attempt } => *attempt,
        }
    }
}

impl Sealed {
    /// Claims a permit. The place is given only where the subject has none yet.
    pub fn claim(
        earlier: Option<Self>,
        slot: Slot,
        permit: PermitId,
        attempt: Attempt,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        let slot = match earlier {
            None => slot,
            Some(Self { asking: Asking::Starting { attempt: newest, .. }, .. }) => {
                return Err(Refusal::AlreadyAsked { attempt, newest });
            }
            Some(Self { asking: Asking::Void { attempt: newest }, .. }) if attempt <= newest => {
                return Err(Refusal::AlreadyAsked { attempt, newest });
            }
            Some(Self { slot, .. }) => slot,
        };
        Ok(Self { slot, asking: Asking::Starting { permit, attempt, at } })
    }

    /// Voids the permit, if it is the one that is starting. The place stays.
    pub fn void(self, permit: &PermitId) -> Result<Self, Refusal> {
        match self.asking {
            Asking::Starting { permit: ref starting, attempt, .. } if starting == permit => {
                Ok(Self { slot: self.slot, asking: Asking::Void { attempt } })
            }
            _ => Err(Refusal::PermitNotStarting),
        }
    }

    /// The listener heard a valid answer under this permit.
    pub fn heard(
        self,
        permit: &PermitId,
        arm: ArmId,
        cohort: Option<CohortId>,
        at: Timestamp,
    ) -> Result<Shown, Refusal> {
        match self.asking {
            Asking::Starting { permit: starting, attempt, .. } if &starting == permit => {
                Ok(Shown { slot: self.slot, arm, cohort, permit: starting, attempt, at })
            }
            _ => Err(Refusal::PermitNotStarting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Line;
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn permit(n: u32) -> PermitId {
        format!("permit-{n}").parse().unwrap()
    }

    fn slot(number: u32) -> Slot {
        Slot { line: Line::Stratum(Default::default()), number }
    }

    fn starting(attempt: Attempt) -> Sealed {
        Sealed::claim(None, slot(5), permit(attempt), attempt, AT).unwrap()
    }

    #[test]
    fn the_same_attempt_hears_already_asked() {
        let sealed = starting(2);
        for (attempt, statement) in [(2, None), (2, Some("not heard")), (1, Some("not heard"))] {
            let refused = ask(Some(&sealed), attempt, statement).unwrap_err();
            assert_eq!(refused, Refusal::AlreadyAsked { attempt, newest: 2 });
        }
    }

    #[test]
    fn a_higher_attempt_needs_the_statement_and_voids_the_permit_not_the_place() {
        let sealed = starting(1);
        assert_eq!(ask(Some(&sealed), 2, None), Err(Refusal::StatementMissing { newest: 1 }));
        assert_eq!(ask(Some(&sealed), 2, Some("  ")), Err(Refusal::StatementMissing { newest: 1 }));
        assert_eq!(ask(Some(&sealed), 2, Some("the line broke")), Ok(Before::Void(permit(1))));
        let void = sealed.void(&permit(1)).unwrap();
        let again = Sealed::claim(Some(void), slot(6), permit(2), 2, AT).unwrap();
        assert_eq!(again.slot, slot(5), "the place that was drawn, not another");
    }

    #[test]
    fn a_claim_over_a_claim_is_refused() {
        let refused = Sealed::claim(Some(starting(1)), slot(6), permit(2), 2, AT).unwrap_err();
        assert_eq!(refused, Refusal::AlreadyAsked { attempt: 2, newest: 1 });
    }

    #[test]
    fn only_the_starting_permit_is_heard_or_voided() {
        let arm: ArmId = "msc".parse().unwrap();
        assert_eq!(starting(1).heard(&permit(9), arm.clone(), None, AT), Err(Refusal::PermitNotStarting));
        let void = starting(1).void(&permit(1)).unwrap();
        assert_eq!(void.clone().heard(&permit(1), arm.clone(), None, AT), Err(Refusal::PermitNotStarting));
        assert_eq!(void.void(&permit(1)), Err(Refusal::PermitNotStarting));
        let shown = starting(1).heard(&permit(1), arm, None, AT).unwrap();
        assert_eq!((shown.slot, shown.permit), (slot(5), permit(1)));
    }

    #[test]
    fn attempts_begin_at_one() {
        assert_eq!(ask(None, 0, None), Err(Refusal::AttemptZero));
        assert_eq!(ask(None, 1, None), Ok(Before::Nothing));
    }
}
