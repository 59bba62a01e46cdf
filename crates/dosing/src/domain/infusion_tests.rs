//! The states of an infusion: each way by name, and any sequence of acts against the promises of holds.md.

use super::*;
use crate::domain::dose::WeightUsed;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn authorized() -> Infusion {
    let key = Key {
        id: "i-1".into(),
        trial: "t".into(),
        subject: "P-001".into(),
        regimen: "msc".into(),
        cohort: None,
        number: 1,
    };
    let window = Window { due: at(100), earliest: at(0), latest: Some(at(200)) };
    let dose = Dose {
        reckoned: Some(Decimal::from(60)),
        lowest: 54.into(),
        highest: 66.into(),
        unit: "cells".into(),
        weight_kilograms: Some(60.into()),
        weight_measured_at: Some(at(0)),
        weight_used: WeightUsed::Baseline,
        reasons: vec![],
    };
    let order = Order {
        lot: "L1".into(),
        release: Release { certificate: "C".into(), by: "ph".into(), at: at(0), protocol: "d".into() },
        cells: 60.into(),
        dose,
        weight: Some(Weighed { id: "w".into(), kilograms: 60.into(), measured_at: at(0) }),
        by: "pharmacist".into(),
        at: at(0),
    };
    PlannedInfusion::new(key, window).authorize(order)
}

fn starting() -> Infusion {
    authorized().claim("p-1".into(), Attempt(1), at(10)).unwrap()
}

fn heard() -> Infusion {
    starting().acknowledge(&"p-1".into(), at(11)).unwrap()
}

fn ending(second: i64, cells: i64) -> Ending {
    Ending { at: at(second), cells: cells.into(), stopped_early: false, deviation: None }
}

#[test]
fn a_start_goes_from_claim_to_completion() {
    let started = heard().confirm(at(12), at(20)).unwrap();
    assert!(started.in_flight());
    let done = started.complete(ending(30, 60), at(31)).unwrap();
    assert!(!done.in_flight());
    assert_eq!(done.dose_at(), Some(at(12)));
    assert_eq!(done.claimed().unwrap().heard, Some(at(11)));
}

#[test]
fn the_same_attempt_is_already_asked() {
    for infusion in [starting(), starting().abandon().unwrap().0] {
        let again = infusion.ask(Attempt(1), Some("not heard"));
        assert_eq!(again, Err(Refusal::AlreadyAsked { attempt: Attempt(1), highest: Attempt(1) }));
    }
    assert_eq!(authorized().ask(Attempt(0), None), Err(Refusal::AttemptZero));
}

#[test]
fn a_higher_attempt_needs_a_statement_while_a_go_may_be_out() {
    assert_eq!(starting().ask(Attempt(2), None), Err(Refusal::StatementMissing { highest: Attempt(1) }));
    assert_eq!(
        starting().ask(Attempt(2), Some("  ")),
        Err(Refusal::StatementMissing { highest: Attempt(1) })
    );
    assert_eq!(starting().ask(Attempt(2), Some("line was busy")), Ok(Ask::VoidFirst("p-1".into())));
    let (voided, permit) = starting().void_stated(Attempt(2), "line was busy").unwrap();
    assert_eq!(permit, "p-1".into());
    assert_eq!(voided.ask(Attempt(2), None), Ok(Ask::Permit));
    assert!(voided.ask(Attempt(1), None).is_err(), "attempts only grow");
}

#[test]
fn an_acknowledged_start_is_never_voided_and_answers_its_record() {
    let record = Ask::Record { permit: "p-1".into(), attempt: Attempt(1) };
    assert_eq!(heard().ask(Attempt(1), None), Ok(record.clone()));
    assert_eq!(heard().ask(Attempt(2), Some("not heard")), Ok(record));
    assert_eq!(heard().void_stated(Attempt(2), "not heard"), Err(Refusal::AlreadyHeard));
    assert_eq!(heard().void_unsaid(&"p-1".into()), Err(Refusal::AlreadyHeard));
    assert!(heard().abandon().is_ok(), "a person may state that nothing was given");
}

#[test]
fn an_unconfirmed_start_waits_for_a_person() {
    let unconfirmed = starting().unconfirmed(at(1_000)).unwrap();
    assert!(unconfirmed.in_flight());
    assert_eq!(unconfirmed.dose_at(), Some(at(10)), "it counts as a dose");
    assert_eq!(unconfirmed.ask(Attempt(2), Some("not heard")), Err(Refusal::StartUnconfirmed));
    assert!(unconfirmed.clone().confirm(at(12), at(1_001)).is_ok());
    assert!(unconfirmed.clone().abandon().is_ok());
    assert!(unconfirmed.clone().withdraw().is_err());
    assert!(unconfirmed.cancel("leave-choice".into(), at(1_001)).is_err());
}

#[test]
fn only_the_claimed_permit_is_acknowledged_and_again_changes_nothing() {
    assert_eq!(starting().acknowledge(&"p-9".into(), at(11)), Err(Refusal::OtherPermit));
    assert_eq!(heard().acknowledge(&"p-1".into(), at(99)), Ok(heard()));
    let voided = starting().void_unsaid(&"p-1".into()).unwrap();
    assert!(voided.acknowledge(&"p-1".into(), at(11)).is_err(), "a void Go must not be acted on");
}

#[test]
fn a_start_lies_between_its_claim_and_now() {
    for (second, allowed) in [(-51, false), (-50, true), (10, true), (20, true), (21, false)] {
        assert_eq!(heard().confirm(at(second), at(20)).is_ok(), allowed, "{second}");
    }
    let done = heard().confirm(at(12), at(20)).unwrap().complete(ending(30, 60), at(31)).unwrap();
    assert!(done.clone().correct_start(at(31), at(40)).is_err(), "after its end");
    assert_eq!(done.correct_start(at(14), at(40)).unwrap().dose_at(), Some(at(14)));
}

#[test]
fn what_differs_from_the_order_says_why() {
    let started = || heard().confirm(at(12), at(20)).unwrap();
    for (cells, early, words, allowed) in [
        (60, false, None, true),
        (54, false, None, true),
        (53, false, None, false),
        (53, false, Some("bag leaked"), true),
        (60, true, None, false),
        (36, true, Some("fever"), true),
        (36, true, Some(" "), false),
        (61, false, Some("more than prepared"), false),
    ] {
        let ending = Ending {
            at: at(30),
            cells: cells.into(),
            stopped_early: early,
            deviation: words.map(str::to_owned),
        };
        assert_eq!(started().complete(ending, at(31)).is_ok(), allowed, "{cells} {early} {words:?}");
    }
    assert!(started().complete(ending(11, 60), at(31)).is_err(), "over before it began");
    assert!(started().complete(ending(32, 60), at(31)).is_err(), "over in the future");
    assert!(starting().complete(ending(30, 60), at(31)).is_err(), "an unconfirmed start is not completed");
}

#[test]
fn taking_an_order_back_keeps_the_attempts() {
    let planned = starting().abandon().unwrap().0.withdraw().unwrap();
    let again = planned.authorize(authorized().order);
    assert!(again.ask(Attempt(1), None).is_err());
    assert_eq!(again.ask(Attempt(2), None), Ok(Ask::Permit));
}

#[derive(Debug, Clone)]
enum Act {
    Claim(u32),
    VoidUnsaid,
    VoidStated(u32),
    Acknowledge,
    Confirm,
    Abandon,
    Unconfirmed,
    Complete,
    Reauthorize,
    Withdraw,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0u32..6).prop_map(Act::Claim),
        Just(Act::VoidUnsaid),
        (0u32..6).prop_map(Act::VoidStated),
        Just(Act::Acknowledge),
        Just(Act::Confirm),
        Just(Act::Abandon),
        Just(Act::Unconfirmed),
        Just(Act::Complete),
        Just(Act::Reauthorize),
        Just(Act::Withdraw),
    ];
    prop::collection::vec(act, 0..40)
}

/// The permit of an attempt: one attempt claims at most one.
fn permit(attempt: u32) -> PermitId {
    format!("p-{attempt}").as_str().into()
}

fn run(infusion: &Infusion, act: &Act) -> Result<Infusion, Refusal> {
    let one = infusion.clone();
    let out = infusion.claimed().map_or_else(|| permit(0), |claim| claim.permit.clone());
    match act {
        Act::Claim(attempt) => one.claim(permit(*attempt), Attempt(*attempt), at(10)),
        Act::VoidUnsaid => one.void_unsaid(&out),
        Act::VoidStated(attempt) => one.void_stated(Attempt(*attempt), "not heard").map(|(one, _)| one),
        Act::Acknowledge => one.acknowledge(&out, at(11)),
        Act::Confirm => one.confirm(at(12), at(20)),
        Act::Abandon => one.abandon().map(|(one, _)| one),
        Act::Unconfirmed => one.unconfirmed(at(20)),
        Act::Complete => one.complete(ending(30, 60), at(31)),
        Act::Reauthorize => one.reauthorize(infusion.order.clone()),
        Act::Withdraw => one.withdraw().map(|planned| planned.authorize(infusion.order.clone())),
    }
}

proptest! {
    /// Attempts only grow, each claims at most once, and a permit once voided never comes back.
    #[test]
    fn attempts_only_grow(acts in acts()) {
        let mut infusion = authorized();
        let mut claimed: Vec<PermitId> = vec![];
        for act in acts {
            let Ok(next) = run(&infusion, &act) else { continue };
            prop_assert!(next.attempts >= infusion.attempts);
            let (before, after) = (infusion.claimed(), next.claimed());
            if let (None, Some(claim)) = (before, after) {
                prop_assert!(!claimed.contains(&claim.permit), "{} was claimed twice", claim.permit);
                claimed.push(claim.permit.clone());
            }
            if let (Some(before), Some(after)) = (before, after) {
                prop_assert_eq!(&before.permit, &after.permit, "a permit changed without being voided");
            }
            infusion = next;
        }
    }

    /// A Go that was heard is taken back by nobody but a person who states that nothing was given (H2).
    #[test]
    fn what_was_heard_is_only_abandoned(acts in acts()) {
        let mut infusion = authorized();
        for act in acts {
            let Ok(next) = run(&infusion, &act) else { continue };
            let was_heard = infusion.claimed().is_some_and(|claim| claim.heard.is_some());
            if was_heard && next.claimed().is_none() {
                prop_assert!(matches!(act, Act::Abandon), "{act:?} voided what was heard");
            }
            infusion = next;
        }
    }

    /// Once a permit is claimed the infusion counts as a dose until it is void or for ever (sentence 13), and it is in
    /// flight until it is over (holds.md).
    #[test]
    fn what_is_claimed_counts(acts in acts()) {
        let mut infusion = authorized();
        for act in acts {
            if let Ok(next) = run(&infusion, &act) {
                infusion = next;
            }
            prop_assert_eq!(infusion.claimed().is_some(), infusion.dose_at().is_some());
            let over = matches!(infusion.state, State::Completed { .. });
            prop_assert_eq!(infusion.in_flight(), infusion.claimed().is_some() && !over);
        }
    }

    /// Whatever the state, asking the highest attempt again never leads to another permit.
    #[test]
    fn a_retry_is_never_a_further_start(acts in acts()) {
        let mut infusion = authorized();
        for act in acts {
            if let Ok(next) = run(&infusion, &act) {
                infusion = next;
            }
            let again = infusion.ask(infusion.attempts, Some("not heard"));
            prop_assert!(!matches!(again, Ok(Ask::Permit | Ask::VoidFirst(_))), "{again:?}");
        }
    }
}
