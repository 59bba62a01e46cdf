//! What the asker's verified journal says of a permit, and what each saying changes. A repeated fact changes nothing;
//! a contradicting one is refused, so that its row is parked and no permit is given meanwhile. holds.md steps 3 to 6.

use jiff::Timestamp;

use super::permit::{Permit, PermitState, Progress};

/// One fact about a permit, read from the journal of the service that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermitFact {
    /// The permit was claimed. No start, and settles nothing.
    Starting(Timestamp),
    /// A valid `Go` was acknowledged: settled.
    Heard,
    /// Received and will not be used, never claimed: settled.
    Returned,
    /// The void was written before any claim: settled.
    NeverClaimed,
    /// Claimed, and its life was over before its `Go` could be said, or by a person's statement was not acted on: settled.
    Voided {
        /// A person's statement stands behind it.
        stated: bool,
    },
    /// The bedside says that it began. Informs; settles nothing.
    Started(Timestamp),
    /// Nobody said in time whether it began.
    Unconfirmed(Timestamp),
    /// It is over.
    Completed(Timestamp),
    /// The time of its start was wrong.
    TimeCorrected(Timestamp),
}

/// The claimer's own clocks gave up before a `Go` was said.
const LIFE_OVER: &str = "life over";
/// The void was written before any claim.
const NEVER_CLAIMED: &str = "never claimed";

impl PermitFact {
    /// What dosing's word on a void says. Whatever it says without a person's statement, other than that the life was
    /// over, ends no permit that it has claimed.
    pub fn voided_infusion(why: &str, stated: bool) -> Self {
        match why {
            _ if stated => Self::Voided { stated: true },
            LIFE_OVER => Self::Voided { stated: false },
            _ => Self::NeverClaimed,
        }
    }

    /// What enrollment's word on a void says. An allocation that was heard is void only where enrollment was restored
    /// from an older copy and a person states that it was not acted on.
    pub fn voided_allocation(why: &str, stated: bool) -> Self {
        match why {
            NEVER_CLAIMED => Self::NeverClaimed,
            _ => Self::Voided { stated },
        }
    }
}

/// A fact that cannot be true beside what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Void and then claimed, heard, begun or over.
    #[error("the permit is void, and is said to have been used")]
    UsedAfterVoid,
    /// Heard, and then void without a person's statement (H2).
    #[error("the permit's Go was heard, and it is said to be void without a person's statement")]
    VoidAfterHeard,
    /// Claimed, and then said to have never been claimed. Only a person's statement, or the claimer's own word that the
    /// life was over, ends a claimed permit (H2, H10).
    #[error("the permit was claimed, and is said to have never been claimed")]
    UnclaimedAfterClaim,
    /// Over, and then void.
    #[error("what the permit allowed is over, and the permit is said to be void")]
    VoidAfterCompleted,
}

impl Permit {
    /// Takes one fact in.
    pub fn hear(self, fact: &PermitFact) -> Result<Self, Contradiction> {
        match fact {
            PermitFact::Returned | PermitFact::NeverClaimed => self.unclaimed(),
            PermitFact::Voided { stated } => self.void(*stated),
            _ if self.is_void() => Err(Contradiction::UsedAfterVoid),
            PermitFact::Heard => Ok(Self { state: PermitState::Heard, ..self }),
            PermitFact::Starting(at) => Ok(self.advance(Progress::Starting(*at))),
            PermitFact::Unconfirmed(since) => Ok(self.advance(Progress::Unconfirmed(*since))),
            PermitFact::Started(at) => Ok(self.advance(Progress::Started(*at)).begun(*at)),
            PermitFact::Completed(at) => Ok(self.advance(Progress::Completed(*at))),
            PermitFact::TimeCorrected(at) => Ok(Self { began_at: Some(*at), ..self }),
        }
    }

    /// Void because nobody claimed it.
    fn unclaimed(self) -> Result<Self, Contradiction> {
        let claimed =
            matches!(self.progress, Progress::Starting(_) | Progress::Unconfirmed(_) | Progress::Started(_));
        match self.state {
            PermitState::Out if claimed => Err(Contradiction::UnclaimedAfterClaim),
            _ => self.void(false),
        }
    }

    fn void(self, stated: bool) -> Result<Self, Contradiction> {
        let before = match (&self.state, &self.progress) {
            (PermitState::Void { stated: before }, _) => *before,
            (_, Progress::Completed(_)) => return Err(Contradiction::VoidAfterCompleted),
            (PermitState::Heard, _) if !stated => return Err(Contradiction::VoidAfterHeard),
            _ => false,
        };
        Ok(Self { state: PermitState::Void { stated: stated || before }, ..self })
    }

    /// Progress only ever goes on: a late word of an earlier stage changes nothing.
    fn advance(self, to: Progress) -> Self {
        if stage(&to) > stage(&self.progress) { Self { progress: to, ..self } } else { self }
    }

    /// The first word of when it began stands until it is corrected.
    fn begun(self, at: Timestamp) -> Self {
        Self { began_at: self.began_at.or(Some(at)), ..self }
    }
}

fn stage(progress: &Progress) -> u8 {
    match progress {
        Progress::NotBegun => 0,
        Progress::Starting(_) => 1,
        Progress::Unconfirmed(_) => 2,
        Progress::Started(_) => 3,
        Progress::Completed(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::permit::{Ask, Issue, Terms};
    use crate::domain::scope::{Activity, Placement};

    fn out() -> Permit {
        let asked = Ask {
            ask: "ask".into(),
            trial: "pgf-msc".into(),
            activity: Activity::Dosing,
            placement: Placement::unknown("P-017".into()),
            infusion: Some("i2".into()),
            number: 2,
            attempt: 1,
        };
        let terms = Terms { life_ms: 5_000, margin_ms: 500 };
        Permit::adopt(asked, Issue { id: "p".into(), terms, at: at(0), epoch: 0 })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn after(facts: &[PermitFact]) -> Result<Permit, Contradiction> {
        facts.iter().try_fold(out(), Permit::hear)
    }

    #[test]
    fn only_a_heard_go_a_return_or_a_void_settles() {
        use PermitFact::{Completed, Heard, Returned, Started, Starting, Unconfirmed, Voided};
        for (fact, settles) in [
            (Starting(at(1)), false),
            (Started(at(1)), false),
            (Unconfirmed(at(1)), false),
            (Completed(at(1)), false),
            (Heard, true),
            (Returned, true),
            (Voided { stated: false }, true),
        ] {
            assert_eq!(!after(std::slice::from_ref(&fact)).unwrap().is_unsettled(), settles, "{fact:?}");
        }
    }

    #[test]
    fn a_heard_go_is_void_only_by_a_persons_statement() {
        use PermitFact::{Heard, Returned, Voided};
        assert_eq!(after(&[Heard, Voided { stated: false }]), Err(Contradiction::VoidAfterHeard));
        assert_eq!(after(&[Heard, Returned]), Err(Contradiction::VoidAfterHeard));
        assert!(after(&[Heard, Voided { stated: true }]).unwrap().is_void());
    }

    #[test]
    fn a_claimed_permit_was_not_unclaimed() {
        use PermitFact::{NeverClaimed, Returned, Starting, Unconfirmed, Voided};
        for unclaimed in [NeverClaimed, Returned] {
            for claimed in [Starting(at(1)), Unconfirmed(at(1))] {
                let told = after(&[claimed, unclaimed.clone()]);
                assert_eq!(told, Err(Contradiction::UnclaimedAfterClaim), "{unclaimed:?}");
            }
            assert!(after(std::slice::from_ref(&unclaimed)).unwrap().is_void());
        }
        for stated in [true, false] {
            assert!(after(&[Starting(at(1)), Voided { stated }]).unwrap().is_void());
        }
    }

    #[test]
    fn a_void_permit_is_never_used() {
        use PermitFact::{Heard, Returned, Started};
        assert_eq!(after(&[Returned, Heard]), Err(Contradiction::UsedAfterVoid));
        assert_eq!(after(&[Returned, Started(at(1))]), Err(Contradiction::UsedAfterVoid));
    }

    #[test]
    fn an_unconfirmed_start_is_in_flight_until_somebody_says() {
        use PermitFact::{Completed, Heard, Starting, Unconfirmed, Voided};
        let open = [Starting(at(1)), Heard, Unconfirmed(at(900))];
        assert!(after(&open).unwrap().is_in_flight());
        assert!(after(&open).unwrap().is_dose());
        let given = [&open[..], &[Completed(at(990))]].concat();
        assert!(!after(&given).unwrap().is_in_flight());
        assert!(after(&given).unwrap().is_dose());
        let not_given = [&open[..], &[Voided { stated: true }]].concat();
        assert!(!after(&not_given).unwrap().is_in_flight());
        assert!(!after(&not_given).unwrap().is_dose());
    }

    fn any_fact() -> impl Strategy<Value = PermitFact> {
        prop_oneof![
            (0_i64..9).prop_map(|s| PermitFact::Starting(at(s))),
            Just(PermitFact::Heard),
            Just(PermitFact::Returned),
            Just(PermitFact::NeverClaimed),
            any::<bool>().prop_map(|stated| PermitFact::Voided { stated }),
            (0_i64..9).prop_map(|s| PermitFact::Started(at(s))),
            (0_i64..9).prop_map(|s| PermitFact::Unconfirmed(at(s))),
            (0_i64..9).prop_map(|s| PermitFact::Completed(at(s))),
            (0_i64..9).prop_map(|s| PermitFact::TimeCorrected(at(s))),
        ]
    }

    proptest! {
        /// H4: the same fact again changes nothing.
        #[test]
        fn a_repeat_changes_nothing(facts in proptest::collection::vec(any_fact(), 0..6)) {
            let mut permit = out();
            for fact in &facts {
                if let Ok(next) = permit.clone().hear(fact) {
                    prop_assert_eq!(next.clone().hear(fact), Ok(next.clone()));
                    permit = next;
                }
            }
        }

        /// H2: once heard, void only by a statement. Once settled, never unsettled again.
        #[test]
        fn heard_stays_heard(facts in proptest::collection::vec(any_fact(), 0..9)) {
            let mut permit = out();
            for fact in &facts {
                let Ok(next) = permit.clone().hear(fact) else { continue };
                if permit.state == PermitState::Heard && next.state != PermitState::Heard {
                    prop_assert_eq!(fact, &PermitFact::Voided { stated: true });
                }
                prop_assert!(permit.is_unsettled() || !next.is_unsettled());
                permit = next;
            }
        }
    }
}
