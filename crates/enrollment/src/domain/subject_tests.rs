//! What may be done with a subject in each state, and in which order it is refused.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn screened() -> Subject {
    Subject {
        trial: "pgf-msc".parse().unwrap(),
        id: "P-017".parse().unwrap(),
        site: "cq2".parse().unwrap(),
        screened_on: date(2026, 3, 1),
        screened_under: "1.0".into(),
        stage: Stage::Screened,
        treatment: Course::Going,
        study: Course::Going,
        doses: BTreeMap::new(),
        earlier: vec![],
    }
}

fn consent(day: i8, version: &str) -> Consent {
    Consent {
        date: date(2026, 3, day),
        version: version.into(),
        documents: vec![],
        recorded_at: AT,
        corrected: false,
    }
}

fn consented() -> Subject {
    screened().consent(consent(2, "1.0")).unwrap()
}

fn permit(n: u32) -> PermitId {
    format!("permit-{n}").parse().unwrap()
}

fn slot(number: u32) -> Slot {
    Slot { line: Line::Stratum(Default::default()), number }
}

fn rule() -> RuleId {
    "leave-choice".parse().unwrap()
}

fn randomized() -> Subject {
    let sealed = consented().claim(slot(1), permit(1), 1, AT).unwrap();
    sealed.heard(&permit(1), "msc".parse().unwrap(), None, AT).unwrap()
}

#[test]
fn a_trial_procedure_needs_a_consent_of_an_earlier_or_the_same_day() {
    let table = [(1, false), (2, true), (3, true)];
    for (day, allowed) in table {
        let on = date(2026, 3, day);
        assert_eq!(consented().may_be_examined_for_the_trial(on).is_ok(), allowed, "{on}");
        assert!(screened().may_be_examined_for_the_trial(on).is_err());
    }
}

#[test]
fn a_subject_stays_on_the_version_consented_to() {
    assert_eq!(screened().version(), "1.0");
    let again = randomized().consent(consent(9, "1.1")).unwrap();
    assert_eq!(again.version(), "1.1");
    assert_eq!(again.consents().unwrap().iter().count(), 2, "the earlier consent stays visible");
    assert_eq!(randomized().version(), "1.0");
}

#[test]
fn nobody_is_allocated_without_consent_or_after_the_end() {
    assert!(matches!(screened().ask(1, None, None), Err(Refusal::WrongState { .. })));
    let left = consented().discontinue(Axis::Study, rule(), AT).unwrap();
    assert!(matches!(left.ask(1, None, None), Err(Refusal::CourseEnded { axis: Axis::Study, .. })));
    let stopped = consented().discontinue(Axis::Treatment, rule(), AT).unwrap();
    assert!(matches!(stopped.claim(slot(1), permit(1), 1, AT), Err(Refusal::CourseEnded { .. })));
}

#[test]
fn an_acknowledged_allocation_answers_its_record_and_no_permit() {
    let Asked::Record(shown) = randomized().ask(2, Some("lost the paper"), None).unwrap() else { panic!() };
    assert_eq!((shown.permit, shown.arm.as_str()), (permit(1), "msc"));
}

#[test]
fn a_void_leaves_the_place_with_its_subject() {
    let sealed = consented().claim(slot(4), permit(1), 1, AT).unwrap();
    let void = sealed.void(&permit(1)).unwrap();
    assert_eq!(void.slot(), Some(&slot(4)));
    assert_eq!(void.starting(), None);
    let again = void.claim(slot(5), permit(2), 2, AT).unwrap();
    assert_eq!(again.slot(), Some(&slot(4)));
}

#[test]
fn the_two_axes_end_separately_and_once() {
    let stopped = randomized().discontinue(Axis::Treatment, rule(), AT).unwrap();
    assert_eq!(stopped.study, Course::Going, "off treatment is not off study");
    let other: RuleId = "leave-relapse".parse().unwrap();
    assert!(matches!(
        stopped.clone().discontinue(Axis::Treatment, other.clone(), AT),
        Err(Refusal::CourseEnded { .. })
    ));
    let left = stopped.discontinue(Axis::Study, other, AT).unwrap();
    assert_eq!(left.treatment, Course::Ended { rule: rule(), at: AT }, "the first reason stays");
    assert!(left.consent(consent(9, "1.1")).is_err());
}

#[test]
fn who_has_a_place_is_no_screen_failure() {
    assert_eq!(screened().fail_screening(rule(), AT).unwrap().state(), "screen-failed");
    assert_eq!(consented().fail_screening(rule(), AT).unwrap().state(), "screen-failed");
    let sealed = consented().claim(slot(1), permit(1), 1, AT).unwrap();
    assert!(sealed.fail_screening(rule(), AT).is_err());
    assert!(randomized().fail_screening(rule(), AT).is_err());
}

#[test]
fn who_is_treated_again_keeps_what_was_shown_before() {
    let cohort = |id: &str, number| {
        let cohort: CohortId = id.parse().unwrap();
        (cohort.clone(), Slot { line: Line::Cohort(cohort), number })
    };
    let ((c, first), (e, second)) = (cohort("C", 2), cohort("E", 1));
    let arm = || "cells".parse::<ArmId>().unwrap();
    let once = consented().claim(first, permit(1), 1, AT).unwrap();
    let once = once.heard(&permit(1), arm(), Some(c.clone()), AT).unwrap();
    assert!(matches!(once.ask(1, None, None), Ok(Asked::Record(_))), "nobody is allocated twice unasked");
    assert!(matches!(once.ask(1, None, Some(&c)), Ok(Asked::Record(_))));
    assert_eq!(once.ask(1, None, Some(&e)), Ok(Asked::MayAsk(Before::Nothing)));
    assert!(
        once.clone().claim(slot(9), permit(2), 1, AT).is_err(),
        "only a further cohort takes somebody again"
    );
    let again = once.claim(second.clone(), permit(2), 1, AT).unwrap();
    assert_eq!(again.shown().unwrap().cohort, Some(c.clone()), "what was shown stands until the next is");
    assert_eq!(again.slot(), Some(&second));
    let twice = again.heard(&permit(2), arm(), Some(e.clone()), AT).unwrap();
    let cohorts: Vec<_> = twice.allocations().filter_map(|shown| shown.cohort.clone()).collect();
    assert_eq!(cohorts, [c, e]);
}

#[test]
fn a_consent_is_corrected_where_there_is_one_even_after_the_allocation() {
    assert_eq!(screened().correct_consent(consent(3, "1.0")), Err(Refusal::NothingToCorrect));
    let corrected = randomized().correct_consent(consent(3, "1.0")).unwrap();
    let consents = corrected.consents().unwrap();
    assert_eq!((consents.all().count(), consents.earliest()), (2, date(2026, 3, 3)));
}

#[derive(Clone, Debug)]
enum Step {
    Ask(u32, bool),
    Void(u32),
    Heard(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u32..6, any::<bool>()).prop_map(|(attempt, stated)| Step::Ask(attempt, stated)),
        (1u32..6).prop_map(Step::Void),
        (1u32..6).prop_map(Step::Heard),
    ]
}

proptest! {
    /// Whatever comes in whatever order: one place for ever, at most one allocation shown, and never one for a
    /// permit that was voided.
    #[test]
    fn one_place_one_allocation(steps in prop::collection::vec(step(), 0..40)) {
        let mut subject = consented();
        let mut voided = std::collections::BTreeSet::new();
        let mut place = None;
        for (n, step) in steps.into_iter().enumerate() {
            let next = match step {
                Step::Ask(attempt, stated) => {
                    let Ok(Asked::MayAsk(before)) = subject.ask(attempt, stated.then_some("not heard"), None) else { continue };
                    let mut asked = subject.clone();
                    if let Before::Void(permit) = before {
                        asked = asked.void(&permit).unwrap();
                        voided.insert(permit);
                    }
                    asked.claim(slot(n as u32 + 1), permit(attempt), attempt, AT)
                }
                Step::Void(attempt) => subject.clone().void(&permit(attempt)).inspect(|_| { voided.insert(permit(attempt)); }),
                Step::Heard(attempt) => subject.clone().heard(&permit(attempt), "msc".parse().unwrap(), None, AT),
            };
            let Ok(next) = next else { continue };
            let held = next.slot().cloned();
            prop_assert!(place.is_none() || place == held);
            place = held;
            if let Some(shown) = next.shown() {
                prop_assert!(!voided.contains(&shown.permit));
            }
            subject = next;
        }
    }
}
