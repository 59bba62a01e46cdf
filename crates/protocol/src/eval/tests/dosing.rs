//! How many doses, when, how much, and from which lot (sentences 13 to 17, 42).

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::fixtures::*;
use crate::Protocol;
use crate::eval::dosing::{
    Basis, Course, NextDose, StartVerdict, Timing, Unreckonable, Unreckoned, Weighing, Weights, accepts_lot,
    calculate, judge_start, last_dose, next_dose, plan, reckon,
};
use crate::eval::{Stamp, Truth, Value};

const FIRST: &str = "2025-03-01 10:00";

fn course(protocol: &Protocol, arm: &str, cohort: Option<&str>) -> Course {
    Course::of(protocol, &arm.parse().unwrap(), cohort.map(|id| id.parse().unwrap()).as_ref()).unwrap()
}

fn msc() -> Course {
    course(trial("pgf-msc"), "msc", None)
}

fn kg(text: &str, at: Stamp) -> Option<Weighing> {
    Some(Weighing { kg: text.parse().unwrap(), at })
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn judged(course: &Course, given: &[&str], at: &str) -> StartVerdict {
    let given: Vec<Timestamp> = given.iter().map(|given| instant(given)).collect();
    judge_start(course, &given, Some(instant("2025-02-25 09:00")), instant(at), false, &zone())
}

#[test]
fn sentence_14_doses_are_due_every_week_within_a_day() {
    let NextDose::Due(window) = next_dose(&msc(), &[instant(FIRST)], None, instant(FIRST), &zone()) else {
        panic!("a second dose is due");
    };
    assert_eq!((window.number, window.due), (2, instant("2025-03-08 10:00")));
    assert_eq!((window.earliest, window.latest), (instant("2025-03-07 10:00"), instant("2025-03-09 10:00")));
    assert_eq!(window.late_until, Some(instant("2025-03-11 10:00")));
}

#[test]
fn sentence_14_the_first_dose_is_due_as_first_says() {
    let cases = [
        ("2025-02-25 08:59", false),
        ("2025-02-25 09:00", true),
        ("2025-03-04 09:00", true),
        ("2025-03-04 09:00:00.000001", false),
    ];
    for (at, allowed) in cases {
        assert_eq!(
            matches!(judged(&msc(), &[], at), StartVerdict::Allowed { number: 1, .. }),
            allowed,
            "{at}"
        );
    }
    assert!(matches!(next_dose(&msc(), &[], None, instant(FIRST), &zone()), NextDose::NotDated(_)));
    let windows = plan(&msc(), &[], Some(instant(FIRST)), instant(FIRST), &zone());
    let due: Vec<Timestamp> = windows.iter().map(|window| window.due).collect();
    let weekly =
        ["2025-03-01 10:00", "2025-03-08 10:00", "2025-03-15 10:00", "2025-03-22 10:00"].map(instant);
    assert_eq!(due, weekly);
}

#[test]
fn sentence_15_late_doses_shift_never_closer_than_five_days_never_beyond_ten() {
    let on_time = StartVerdict::Allowed { number: 2, timing: Timing::OnTime };
    let late = StartVerdict::Allowed { number: 2, timing: Timing::Late };
    assert!(
        matches!(judged(&msc(), &[FIRST], "2025-03-06 09:59"), StartVerdict::Refused(why) if why.contains("closer"))
    );
    assert!(
        matches!(judged(&msc(), &[FIRST], "2025-03-06 10:00"), StartVerdict::Refused(why) if why.contains("not due"))
    );
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-07 10:00"), on_time);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-09 10:00"), on_time);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-09 10:00:00.000001"), late);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-11 10:00"), late);
    assert!(matches!(judged(&msc(), &[FIRST], "2025-03-11 10:00:00.000001"), StartVerdict::BoardDecides(_)));
    // The following dose shifts with a late one.
    let shifted = judged(&msc(), &[FIRST, "2025-03-11 10:00"], "2025-03-18 10:00");
    assert_eq!(shifted, StartVerdict::Allowed { number: 3, timing: Timing::OnTime });
}

#[test]
fn sentence_15_the_board_may_allow_a_dose_beyond_but_none_closer() {
    let allowed = |at| judge_start(&msc(), &[instant(FIRST)], None, instant(at), true, &zone());
    assert_eq!(allowed("2025-04-01 10:00"), StartVerdict::Allowed { number: 2, timing: Timing::Late });
    assert!(matches!(allowed("2025-03-05 10:00"), StartVerdict::Refused(_)));
}

#[test]
fn sentence_15_skip_leaves_a_missed_dose_out_and_the_others_stay() {
    let skip = Course { late: Some(crate::scalar::Late::Skip), ..msc() };
    let next = |given: &[&str], now: &str| {
        let given: Vec<Timestamp> = given.iter().map(|given| instant(given)).collect();
        match next_dose(&skip, &given, None, instant(now), &zone()) {
            NextDose::Due(window) => Some((window.number, window.due)),
            _ => None,
        }
    };
    assert_eq!(next(&[FIRST], "2025-03-05 10:00"), Some((2, instant("2025-03-08 10:00"))));
    assert_eq!(next(&[FIRST], "2025-03-09 10:01"), Some((2, instant("2025-03-15 10:00"))));
    assert_eq!(
        next(&[FIRST, "2025-03-15 20:00"], "2025-03-16 10:01"),
        Some((3, instant("2025-03-22 10:00")))
    );
    assert_eq!(next(&[FIRST], "2025-03-23 10:01"), None);
}

#[test]
fn sentence_15_without_late_the_board_decides() {
    let course = Course { late: None, ..msc() };
    assert!(matches!(judged(&course, &[FIRST], "2025-03-09 10:01"), StartVerdict::BoardDecides(_)));
}

#[test]
fn no_dose_beyond_those_planned() {
    let all = [FIRST, "2025-03-08 10:00", "2025-03-15 10:00", "2025-03-22 10:00"];
    assert!(
        matches!(judged(&msc(), &all, "2025-03-29 10:00"), StartVerdict::Refused(why) if why.contains("no dose is left"))
    );
    assert_eq!(last_dose(&msc(), &all.map(at), None), Some(at("2025-03-22 10:00")));
    assert_eq!(last_dose(&msc(), &all.map(at)[..2], None), None);
    assert_eq!(last_dose(&msc(), &all.map(at)[..2], Some(day("2025-03-12"))), Some(at("2025-03-08 10:00")));
    assert_eq!(last_dose(&msc(), &[], Some(day("2025-03-12"))), Some(day("2025-03-12")));
}

#[test]
fn a_range_of_days_is_its_own_window() {
    let course = course(trial("nct01494480"), "cells", None);
    let cases = [
        ("2025-03-04 09:59", false),
        ("2025-03-04 10:00", true),
        ("2025-03-06 10:00", true),
        ("2025-03-06 10:01", false),
    ];
    for (at, allowed) in cases {
        assert_eq!(matches!(judged(&course, &[FIRST], at), StartVerdict::Allowed { .. }), allowed, "{at}");
    }
}

#[test]
fn cohorts_say_their_own_dose_and_times() {
    let protocol = trial("nct01609283");
    let fifth = course(protocol, "cells", Some("5"));
    assert_eq!((fifth.doses, fifth.total()), (2, Some(decimal("200000000"))));
    assert_eq!(fifth.every.unwrap().to_string(), "1 month");
    let reckoned = reckon(&fifth, &Weights::default(), instant(FIRST), &zone()).unwrap();
    assert_eq!((reckoned.amount, reckoned.basis), (decimal("100000000"), Basis::Fixed));
    assert!(Course::of(protocol, &"cells".parse().unwrap(), Some(&"9".parse().unwrap())).is_none());
    assert!(Course::of(trial("pgf-msc"), &"control".parse().unwrap(), None).is_none(), "nothing to plan");
}

#[test]
fn sentence_42_injections_make_up_the_dose() {
    let protocol = trial("nct01348451");
    for (cohort, number, dose) in [("A1", 5, "500000"), ("A2", 10, "1000000"), ("E", 5, "500000")] {
        let course = course(protocol, "cells", Some(cohort));
        let injections = course.injections().unwrap();
        assert_eq!(injections.number, number, "{cohort}");
        let each = injections.each.single().unwrap();
        assert_eq!(each * Decimal::from(number), decimal(dose), "{cohort}");
        assert_eq!(course.total(), Some(decimal(dose)));
    }
}

#[test]
fn sentence_16_the_baseline_weight_stands_until_the_day_differs_by_a_tenth() {
    let today = at("2025-03-08 08:00");
    let cases = [
        ("60", "65.9", "60000000"),
        ("60", "66", "66000000"),
        ("60", "54.1", "60000000"),
        ("60", "54", "54000000"),
        ("60", "60", "60000000"),
    ];
    for (baseline, now, cells) in cases {
        let weights = Weights { baseline: kg(baseline, day("2025-01-01")), newest: kg(now, today) };
        let reckoned = reckon(&msc(), &weights, instant("2025-03-08 10:00"), &zone()).unwrap();
        assert_eq!(reckoned.amount, decimal(cells), "{baseline} kg, then {now} kg");
    }
}

#[test]
fn sentence_16_the_weight_must_be_of_the_day() {
    let dose = instant("2025-03-08 10:00");
    let told =
        |newest| reckon(&msc(), &Weights { baseline: kg("60", day("2025-01-01")), newest }, dose, &zone());
    assert!(told(kg("60", day("2025-03-08"))).is_ok());
    for newest in [None, kg("60", day("2025-03-07")), kg("0", day("2025-03-08")), kg("60", Stamp::Undated)] {
        assert!(matches!(told(newest), Err(Unreckoned::NoWeight(_))), "{newest:?}");
    }
    let no_baseline = Weights { baseline: None, newest: kg("60", day("2025-03-08")) };
    assert!(matches!(reckon(&msc(), &no_baseline, dose, &zone()), Err(Unreckoned::NoWeight(_))));
}

#[test]
fn sentence_16_what_is_given_lies_within_the_tolerance() {
    let weights = Weights { baseline: kg("60", day("2025-01-01")), newest: kg("60", day("2025-03-08")) };
    let reckoned = reckon(&msc(), &weights, instant("2025-03-08 10:00"), &zone()).unwrap();
    for (given, allowed) in [("54000000", true), ("53999999", false), ("66000000", true), ("66000001", false)]
    {
        assert_eq!(reckoned.allows(decimal(given)), allowed, "{given}");
    }
}

#[test]
fn sentence_16_a_lot_is_used_only_when_accept_is_true() {
    let product = trial("pgf-msc").product(&"uc-msc".parse().unwrap()).unwrap();
    let lot = |viability: &str| {
        facts(&[
            ("viability", measured(viability, "%"), day("2025-03-01")),
            ("passage", number("4"), day("2025-03-01")),
            ("gene-modified", Value::Yes(false), day("2025-03-01")),
        ])
    };
    assert_eq!(accepts_lot(product, &lot("80")).truth, Truth::True);
    assert_eq!(accepts_lot(product, &lot("79.9")).truth, Truth::False);
    let unknown = facts(&[("viability", measured("95", "%"), day("2025-03-01"))]);
    let answer = accepts_lot(product, &unknown);
    assert_eq!((answer.truth, answer.missing.len()), (Truth::Unknown, 2));
}

#[test]
fn sentence_17_to_be_entered_is_not_reckoned() {
    let course = course(trial("nct01494480"), "cells", None);
    let told = reckon(&course, &Weights::default(), instant(FIRST), &zone());
    assert_eq!(told, Err(Unreckoned::WholeProduct));
    let sibling = trial("pgf-msc").regimen(&"conditioning-sibling".parse().unwrap()).unwrap();
    assert_eq!(calculate(&sibling.give[2], Some(decimal("60")), None), Err(Unreckonable::ToBeEntered));
}

#[test]
fn calculators_never_take_four_doses_for_one() {
    let protocol = trial("pgf-msc");
    let give =
        |regimen: &str, place: usize| &protocol.regimen(&regimen.parse().unwrap()).unwrap().give[place];
    let (weight, surface) = (Some(decimal("60")), Some(decimal("1.7")));
    // Drug, one dose, a day's doses, days, all together.
    let cases = [
        ("conditioning-haplo", 0, "425", 1, 1, "425"),
        ("conditioning-haplo", 1, "6.8", 1, 2, "13.6"),
        ("conditioning-haplo", 2, "48", 4, 2, "384"),
        ("conditioning-haplo", 3, "3.06", 1, 2, "6.12"),
        ("conditioning-haplo", 4, "150", 1, 4, "600"),
        ("conditioning-sibling", 0, "48", 4, 4, "768"),
        ("conditioning-sibling", 1, "3600", 1, 2, "7200"),
        ("mobilization", 0, "600", 1, 4, "2400"),
    ];
    for (regimen, place, single, per_day, days, total) in cases {
        let told = calculate(give(regimen, place), weight, surface).unwrap();
        assert_eq!(
            (told.single, told.per_day, told.days, told.total),
            (decimal(single), per_day, days, decimal(total)),
            "{regimen} {}",
            told.drug
        );
        assert_eq!(told.daily * Decimal::from(told.days), told.total);
    }
    assert_eq!(
        calculate(give("conditioning-haplo", 0), weight, None),
        Err(Unreckonable::NoBody("body surface"))
    );
    assert_eq!(calculate(give("conditioning-haplo", 2), None, surface), Err(Unreckonable::NoBody("weight")));
}

proptest! {
    /// Whatever may start without the board is 5 to 10 days after the dose before.
    #[test]
    fn what_may_start_keeps_its_distance(minutes in 0_i64..30 * 24 * 60) {
        let at = instant(FIRST) + jiff::SignedDuration::from_mins(minutes);
        if let StartVerdict::Allowed { .. } = judge_start(&msc(), &[instant(FIRST)], None, at, false, &zone()) {
            prop_assert!((5 * 24 * 60..=10 * 24 * 60).contains(&minutes));
        }
    }
}
