//! How many doses, when, how much, and from which lot (sentences 13 to 17, 42).

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::fixtures::*;
use crate::Protocol;
use crate::eval::dosing::{
    Basis, Course, DoseWindow, Doses, NextDose, NoCourse, NotAsWritten, NotDated, NotNow, StartVerdict,
    Timing, Unreckonable, Unreckoned, Weighing, Weights, accepts_lot, calculate, first_from, judge_given,
    last_dose, reckon,
};
use crate::eval::events::Evidence;
use crate::eval::time::Bounds;
use crate::eval::{Chart, Stamp, Truth, Value};

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

fn exactly(civil: &str) -> Bounds {
    Bounds { earliest: instant(civil), latest: instant(civil) }
}

/// The doses given so far, of a subject allocated on 25 February at 09:00.
fn with_doses<T>(course: &Course, given: &[&str], ask: impl FnOnce(Doses<'_>) -> T) -> T {
    let given: Vec<Timestamp> = given.iter().map(|given| instant(given)).collect();
    let first_from = Some(exactly("2025-02-25 09:00"));
    ask(Doses { course, given: &given, first_from, zone: &zone() })
}

fn judged(course: &Course, given: &[&str], at: &str) -> StartVerdict {
    with_doses(course, given, |doses| doses.judge_start(instant(at), false))
}

fn next(course: &Course, given: &[&str], now: &str) -> Option<DoseWindow> {
    match with_doses(course, given, |doses| doses.next(instant(now))) {
        NextDose::Due(window) => Some(window),
        _ => None,
    }
}

fn planned(course: &Course, given: &[&str], agreed: Option<&str>, now: &str) -> Vec<DoseWindow> {
    with_doses(course, given, |doses| doses.plan(agreed.map(instant), instant(now))).unwrap()
}

fn due(windows: &[DoseWindow]) -> Vec<Timestamp> {
    windows.iter().map(|window| window.due).collect()
}

#[test]
fn sentence_14_doses_are_due_every_week_within_a_day() {
    let window = next(&msc(), &[FIRST], FIRST).unwrap();
    assert_eq!((window.number, window.due), (2, instant("2025-03-08 10:00")));
    assert_eq!(window.earliest, instant("2025-03-07 10:00"));
    assert_eq!(window.latest, Some(instant("2025-03-09 10:00")));
    assert_eq!(window.late_until, Some(instant("2025-03-11 10:00")));
}

#[test]
fn sentence_14_the_first_dose_is_due_as_first_says_and_then_the_board_decides() {
    let too_early =
        StartVerdict::Refused(NotNow::NotDue { number: 1, earliest: instant("2025-02-25 09:00") });
    let beyond = StartVerdict::BoardDecides { number: 1, until: instant("2025-03-04 09:00") };
    let on_time = StartVerdict::Allowed { number: 1, timing: Timing::OnTime };
    for (at, verdict) in [
        ("2025-02-25 08:59", &too_early),
        ("2025-02-25 09:00", &on_time),
        ("2025-03-04 09:00", &on_time),
        ("2025-03-04 09:00:00.000001", &beyond),
        ("2025-06-01 09:00", &beyond),
    ] {
        assert_eq!(judged(&msc(), &[], at), *verdict, "{at}");
    }
    let undated = Doses { course: &msc(), given: &[], first_from: None, zone: &zone() };
    assert!(matches!(undated.next(instant(FIRST)), NextDose::NotDated(NotDated::First(_))));
    assert!(undated.plan(None, instant(FIRST)).is_err());
    let weekly =
        ["2025-03-01 10:00", "2025-03-08 10:00", "2025-03-15 10:00", "2025-03-22 10:00"].map(instant);
    assert_eq!(due(&planned(&msc(), &[], Some(FIRST), "2025-02-26 10:00")), weekly);
    assert_eq!(planned(&msc(), &[], Some(FIRST), "2025-03-04 10:00"), [], "missed: the board decides");
}

#[test]
fn without_first_nothing_limits_the_first_dose_but_the_allocation() {
    let course = course(trial("nct01494480"), "cells", None);
    assert!(matches!(judged(&course, &[], "2025-02-25 08:59"), StartVerdict::Refused(NotNow::NotDue { .. })));
    for at in ["2025-02-25 09:00", "2026-02-25 09:00"] {
        assert_eq!(
            judged(&course, &[], at),
            StartVerdict::Allowed { number: 1, timing: Timing::OnTime },
            "{at}"
        );
    }
    let undated = Doses { course: &course, given: &[], first_from: None, zone: &zone() };
    assert_eq!(undated.next(instant(FIRST)), NextDose::NotDated(NotDated::NotAllocated));
}

#[test]
fn a_first_dose_after_a_phase_counts_from_the_phases_last_day() {
    let protocol = trial("nct02881489");
    let course = course(protocol, "thrice", None);
    let mut chart = chart();
    let attested = Default::default();
    let from = |chart: &Chart| {
        let evidence = Evidence::new(chart, &attested, "2025-09-01".parse().unwrap());
        first_from(protocol, &course, &evidence)
    };
    chart.happened(event("randomization"), at("2025-01-20 09:00"));
    assert_eq!(from(&chart), None, "the run-in has not begun");
    chart.happened(event("enrollment"), day("2025-01-15"));
    let last_day = day("2025-07-15").bounds(&zone()).unwrap();
    assert_eq!(from(&chart), Some(last_day), "six months of run-in");
    let doses = Doses { course: &course, given: &[], first_from: from(&chart), zone: &zone() };
    for (at, allowed) in [
        ("2025-07-14 23:59", false),
        ("2025-07-15 00:00", true),
        ("2025-08-15 23:59", true),
        ("2025-08-16 00:00", false),
    ] {
        let verdict = doses.judge_start(instant(at), false);
        assert_eq!(matches!(verdict, StartVerdict::Allowed { .. }), allowed, "{at}: {verdict:?}");
    }
}

#[test]
fn sentence_15_late_doses_shift_never_closer_than_five_days_never_beyond_ten() {
    let on_time = StartVerdict::Allowed { number: 2, timing: Timing::OnTime };
    let late = StartVerdict::Allowed { number: 2, timing: Timing::Late };
    let too_close = NotNow::TooClose { last: instant(FIRST), least_days: 5 };
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-06 09:59"), StartVerdict::Refused(too_close));
    let not_due = NotNow::NotDue { number: 2, earliest: instant("2025-03-07 10:00") };
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-06 10:00"), StartVerdict::Refused(not_due));
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-07 10:00"), on_time);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-09 10:00"), on_time);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-09 10:00:00.000001"), late);
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-11 10:00"), late);
    let beyond = StartVerdict::BoardDecides { number: 2, until: instant("2025-03-11 10:00") };
    assert_eq!(judged(&msc(), &[FIRST], "2025-03-11 10:00:00.000001"), beyond);
    // The following dose shifts with a late one.
    let shifted = judged(&msc(), &[FIRST, "2025-03-11 10:00"], "2025-03-18 10:00");
    assert_eq!(shifted, StartVerdict::Allowed { number: 3, timing: Timing::OnTime });
}

#[test]
fn sentence_15_a_missed_dose_is_planned_for_now_and_the_rest_shift_with_it() {
    let windows = planned(&msc(), &[FIRST], None, "2025-03-10 12:00");
    assert_eq!(due(&windows), ["2025-03-10 12:00", "2025-03-17 12:00", "2025-03-24 12:00"].map(instant));
    assert_eq!(windows[0].earliest, instant("2025-03-07 10:00"));
    assert_eq!(windows[0].latest, Some(instant("2025-03-11 10:00")), "ten days after the last");
    assert_eq!(planned(&msc(), &[FIRST], None, "2025-03-11 10:01"), [], "beyond it none is planned");
}

#[test]
fn sentence_15_the_board_may_allow_a_dose_beyond_but_none_closer() {
    let allowed = |at| with_doses(&msc(), &[FIRST], |doses| doses.judge_start(instant(at), true));
    assert_eq!(allowed("2025-04-01 10:00"), StartVerdict::Allowed { number: 2, timing: Timing::Late });
    assert!(matches!(allowed("2025-03-05 10:00"), StartVerdict::Refused(NotNow::TooClose { .. })));
}

#[test]
fn sentence_15_skip_leaves_a_missed_dose_out_and_the_others_stay() {
    let skip = Course { late: Some(crate::scalar::Late::Skip), ..msc() };
    let slot = |given: &[&str], now: &str| next(&skip, given, now).map(|window| (window.number, window.due));
    assert_eq!(slot(&[FIRST], "2025-03-05 10:00"), Some((2, instant("2025-03-08 10:00"))));
    assert_eq!(slot(&[FIRST], "2025-03-09 10:01"), Some((2, instant("2025-03-15 10:00"))));
    assert_eq!(
        slot(&[FIRST, "2025-03-15 20:00"], "2025-03-16 10:01"),
        Some((3, instant("2025-03-22 10:00")))
    );
    assert_eq!(slot(&[FIRST], "2025-03-23 10:01"), None);
    let left = planned(&skip, &[FIRST], None, "2025-03-09 10:01");
    assert_eq!(due(&left), ["2025-03-15 10:00", "2025-03-22 10:00"].map(instant));
    let none_left = StartVerdict::Refused(NotNow::NoDoseLeft { doses: 4 });
    assert_eq!(judged(&skip, &[FIRST], "2025-03-23 10:01"), none_left);
}

#[test]
fn sentence_15_without_late_the_board_decides() {
    let course = Course { late: None, ..msc() };
    assert!(matches!(
        judged(&course, &[FIRST], "2025-03-09 10:01"),
        StartVerdict::BoardDecides { number: 2, .. }
    ));
    assert_eq!(planned(&course, &[FIRST], None, "2025-03-09 10:01"), []);
}

#[test]
fn a_weekly_dose_keeps_its_hour_over_a_night_in_which_clocks_change() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    // Clocks go forward on 30 March 2025 and back on 26 October.
    for (given, due, earliest, hours) in [
        ("2025-03-24T10:00:00+01:00", "2025-03-31T10:00:00+02:00", "2025-03-30T10:00:00+02:00", 167),
        ("2025-10-20T10:00:00+02:00", "2025-10-27T10:00:00+01:00", "2025-10-26T10:00:00+01:00", 169),
    ] {
        let (given, course) = ([at(given)], msc());
        let doses = Doses { course: &course, given: &given, first_from: None, zone: &zone };
        let NextDose::Due(window) = doses.next(given[0]) else { panic!("a second dose is due") };
        assert_eq!((window.due, window.earliest), (at(due), at(earliest)));
        assert_eq!(window.due.duration_since(given[0]).as_hours(), hours);
        // The distance of the late rule is counted in hours that passed.
        let five_days = given[0] + jiff::SignedDuration::from_hours(5 * 24);
        let near = doses.judge_start(five_days - jiff::SignedDuration::from_secs(1), true);
        assert!(matches!(near, StartVerdict::Refused(NotNow::TooClose { .. })));
        assert!(!matches!(
            doses.judge_start(five_days, true),
            StartVerdict::Refused(NotNow::TooClose { .. })
        ));
        assert_eq!(window.late_until, Some(given[0] + jiff::SignedDuration::from_hours(10 * 24)));
    }
}

#[test]
fn no_dose_beyond_those_planned() {
    let all = [FIRST, "2025-03-08 10:00", "2025-03-15 10:00", "2025-03-22 10:00"];
    let none_left = StartVerdict::Refused(NotNow::NoDoseLeft { doses: 4 });
    assert_eq!(judged(&msc(), &all, "2025-03-29 10:00"), none_left);
    assert_eq!(last_dose(&msc(), &all.map(at), None), Some(at("2025-03-22 10:00")));
    assert_eq!(last_dose(&msc(), &all.map(at)[..2], None), None);
    assert_eq!(last_dose(&msc(), &all.map(at)[..2], Some(day("2025-03-12"))), Some(at("2025-03-08 10:00")));
    assert_eq!(last_dose(&msc(), &[], Some(day("2025-03-12"))), Some(day("2025-03-12")));
}

#[test]
fn a_dose_without_a_window_is_on_time_all_its_day() {
    let course = Course { window: None, late: None, ..msc() };
    let window = next(&course, &[FIRST], FIRST).unwrap();
    assert_eq!(window.earliest, instant("2025-03-08 00:00"));
    assert_eq!(window.latest, Some(instant("2025-03-08 23:59:59.999999999")));
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
    assert_eq!((reckoned.amount, reckoned.basis), (Some(decimal("100000000")), Basis::Fixed));
    let of = |trial_id, arm: &str, cohort: Option<&str>| {
        Course::of(trial(trial_id), &arm.parse().unwrap(), cohort.map(|id| id.parse().unwrap()).as_ref())
    };
    let unknown = NoCourse::UnknownCohort("9".parse().unwrap());
    assert_eq!(of("nct01609283", "cells", Some("9")), Err(unknown));
    assert_eq!(
        of("nct01609283", "cells", None),
        Err(NoCourse::CohortMissing),
        "never the regimen's words alone"
    );
    let nothing = NoCourse::NothingToGive("control".parse().unwrap());
    assert_eq!(of("pgf-msc", "control", None), Err(nothing));
    let no_arm = NoCourse::UnknownArm("other".parse().unwrap());
    assert_eq!(of("pgf-msc", "other", None), Err(no_arm));
}

#[test]
fn a_placebo_keeps_the_times_and_is_given_under_its_regimens_name() {
    let protocol = trial("nct01254539");
    let placebo = course(protocol, "placebo", None);
    assert_eq!((placebo.regimen.as_str(), placebo.doses), ("saline", 1));
    let active = course(protocol, "intrathecal", None);
    for (course, product, given) in [
        (&placebo, "saline", true),
        (&placebo, "marrow-mnc", false),
        (&active, "marrow-mnc", true),
        (&active, "saline", false),
    ] {
        assert_eq!(course.gives(product), given, "{} of {product}", course.regimen);
    }
    let accepted = |product| accepts_lot(protocol, product, &facts(&[])).map(|answer| answer.truth);
    assert_eq!(accepted("saline"), Some(Truth::True));
    assert_eq!(accepted("cells-intrathecal"), None, "a regimen with a product is no product");
    assert_eq!(accepted("water"), None);
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
        assert_eq!(reckoned.amount, Some(decimal(cells)), "{baseline} kg, then {now} kg");
    }
}

#[test]
fn sentence_16_the_weight_must_be_of_the_day() {
    let dose = instant("2025-03-08 10:00");
    let told =
        |newest| reckon(&msc(), &Weights { baseline: kg("60", day("2025-01-01")), newest }, dose, &zone());
    assert!(told(kg("60", day("2025-03-08"))).is_ok());
    assert!(told(kg("60", at("2025-03-08 10:00"))).is_ok());
    let stale = |newest: Option<Weighing>| Err(Unreckoned::StaleWeight(newest.unwrap().at));
    assert_eq!(told(None), Err(Unreckoned::NoWeight));
    for newest in [
        kg("60", day("2025-03-07")),
        kg("60", Stamp::Undated),
        kg("60", at("2025-03-08 10:00:00.000001")),
        kg("60", at("2025-03-08 18:00")),
    ] {
        assert_eq!(told(newest), stale(newest), "a weight of later the same day doses nothing before it");
    }
    assert_eq!(told(kg("0", day("2025-03-08"))), Err(Unreckoned::NoBody(decimal("0"))));
    let no_baseline = Weights { baseline: None, newest: kg("60", day("2025-03-08")) };
    assert_eq!(reckon(&msc(), &no_baseline, dose, &zone()), Err(Unreckoned::NoBaseline));
}

#[test]
fn sentence_16_without_reweigh_the_asked_weight_stands() {
    let course = Course { reweigh: None, ..msc() };
    let weights = Weights { baseline: kg("60", day("2025-01-01")), newest: kg("61", day("2025-03-08")) };
    let reckoned = reckon(&course, &weights, instant("2025-03-08 10:00"), &zone()).unwrap();
    assert_eq!(reckoned.amount, Some(decimal("61000000")));
}

#[test]
fn a_range_leaves_the_amount_to_a_prescriber() {
    let course = Course { dose: Some("1e6..2e6 cells/kg".parse().unwrap()), ..msc() };
    let weights = Weights { baseline: kg("60", day("2025-01-01")), newest: kg("60", day("2025-03-08")) };
    let reckoned = reckon(&course, &weights, instant("2025-03-08 10:00"), &zone()).unwrap();
    assert_eq!(reckoned.amount, None);
    assert_eq!((reckoned.least, reckoned.most), (decimal("54000000"), decimal("132000000")));
}

#[test]
fn what_is_given_beside_is_in_the_files_unit_and_range() {
    let dose = trial("pgf-msc").regimen(&"g-csf".parse().unwrap()).unwrap().dose;
    let judged = |amount: &str, unit: &str| judge_given(dose.as_ref(), decimal(amount), unit);
    for amount in ["5", "7.5", "10"] {
        assert_eq!(judged(amount, "ug/kg/day"), Ok(()), "{amount}");
    }
    for amount in ["4.9", "10.1"] {
        assert!(matches!(judged(amount, "ug/kg/day"), Err(NotAsWritten::OutsideRange { .. })), "{amount}");
    }
    for unit in ["ug", "mg/kg/day", ""] {
        assert_eq!(
            judged("5", unit),
            Err(NotAsWritten::OtherUnit { unit: "ug/kg/day".to_owned() }),
            "{unit}"
        );
    }
    let as_needed = Some("as needed".parse().unwrap());
    assert_eq!(judge_given(as_needed.as_ref(), decimal("2"), "units"), Ok(()));
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
    let judged = |lot: &crate::eval::Facts| accepts_lot(trial("pgf-msc"), "uc-msc", lot).unwrap();
    let lot = |viability: &str| {
        facts(&[
            ("viability", measured(viability, "%"), day("2025-03-01")),
            ("passage", number("4"), day("2025-03-01")),
            ("gene-modified", Value::Yes(false), day("2025-03-01")),
        ])
    };
    assert_eq!(judged(&lot("80")).truth, Truth::True);
    assert_eq!(judged(&lot("79.9")).truth, Truth::False);
    let unknown = facts(&[("viability", measured("95", "%"), day("2025-03-01"))]);
    let answer = judged(&unknown);
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
        let verdict = with_doses(&msc(), &[FIRST], |doses| doses.judge_start(at, false));
        if let StartVerdict::Allowed { .. } = verdict {
            prop_assert!((5 * 24 * 60..=10 * 24 * 60).contains(&minutes));
        }
    }
}
