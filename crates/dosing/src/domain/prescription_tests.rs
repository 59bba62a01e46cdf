//! The first trial's prescription, read from its file: plan, late doses, weights, lots.

use std::collections::BTreeMap;

use super::*;
use crate::domain::lot::{LotFact, LotState};
use crate::domain::subject::Allocation;
use crate::domain::trial_files::trial;
use crate::domain::weight::SecondPerson;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn subject(arm: &str) -> Subject {
    let mut subject = Subject::unknown("pgf-msc".into(), "P-001".into());
    subject.allocation =
        Some(Allocation { arm: arm.to_owned(), cohort: None, at: at("2025-03-01T00:00:00Z") });
    subject
}

fn weight(kilograms: &str) -> Weight {
    Weight {
        id: "w".into(),
        trial: "pgf-msc".into(),
        subject: "P-001".into(),
        kilograms: kilograms.parse().unwrap(),
        measured_at: at("2025-03-03T06:00:00Z"),
        by: "nurse".into(),
        previous_kilograms: None,
        change_percent: None,
        second: SecondPerson::NotNeeded,
    }
}

fn with<T>(ask: impl FnOnce(Prescription<'_>) -> T) -> T {
    let protocol = trial("pgf-msc");
    ask(Prescription::of(&protocol, &subject("msc"), None).unwrap())
}

#[test]
fn the_control_arm_has_nothing_to_plan() {
    let protocol = trial("pgf-msc");
    assert_eq!(Prescription::of(&protocol, &subject("control"), None).err(), Some(Refusal::NothingToPlan));
    let other = Prescription::of(&protocol, &subject("msc"), Some(&"g-csf".into()));
    assert_eq!(other.err(), Some(Refusal::NothingToPlan));
}

/// Asked of P-001 at a moment, after these doses.
fn asked<T>(given: &[Timestamp], now: &str, ask: impl FnOnce(&Prescription<'_>, &Asking<'_>) -> T) -> T {
    let subject = subject("msc");
    with(|one| ask(&one, &Asking { subject: &subject, given, at: at(now), zone: &TimeZone::UTC }))
}

#[test]
fn four_weekly_doses_a_day_to_either_side() {
    let first = at("2025-03-03T08:00:00Z");
    let windows = asked(&[], "2025-03-02T08:00:00Z", |one, of| one.plan(of, first)).unwrap();
    let due: Vec<_> = windows.iter().map(|window| window.due.to_string()).collect();
    let weekly =
        ["2025-03-03T08:00:00Z", "2025-03-10T08:00:00Z", "2025-03-17T08:00:00Z", "2025-03-24T08:00:00Z"];
    assert_eq!(due, weekly);
    assert_eq!(windows[0].latest, Some(at("2025-03-08T00:00:00Z")), "within 7 days after randomization");
    assert_eq!(windows[1].earliest, at("2025-03-09T08:00:00Z"));
    assert_eq!(windows[1].latest, Some(at("2025-03-11T08:00:00Z")));
}

#[test]
fn the_first_lies_within_seven_days_after_randomization() {
    for (first, allowed) in [
        ("2025-02-28T23:59:59Z", false),
        ("2025-03-01T00:00:00Z", true),
        ("2025-03-08T00:00:00Z", true),
        ("2025-03-08T00:00:01Z", false),
    ] {
        let planned = asked(&[], "2025-03-01T00:00:00Z", |one, of| one.plan(of, at(first)));
        assert_eq!(planned.is_ok(), allowed, "{first}");
    }
    let over = asked(&[], "2025-03-09T00:00:00Z", |one, of| one.plan(of, at("2025-03-08T00:00:00Z")));
    assert_eq!(over, Err(Refusal::TooLate { until: at("2025-03-08T00:00:00Z") }), "the board decides");
}

#[test]
fn a_missed_dose_shifts_the_rest_until_ten_days_and_not_beyond() {
    let given = [at("2025-03-03T09:00:00Z")];
    let replan = |now: &str| asked(&given, now, |one, of| one.replan(of, None)).unwrap();
    let due = |windows: &[Window]| windows.iter().map(|window| window.due.to_string()).collect::<Vec<_>>();
    assert_eq!(
        due(&replan("2025-03-04T00:00:00Z")),
        ["2025-03-10T09:00:00Z", "2025-03-17T09:00:00Z", "2025-03-24T09:00:00Z"],
        "counted from the dose as given"
    );
    let late = replan("2025-03-12T10:00:00Z");
    assert_eq!(due(&late), ["2025-03-12T10:00:00Z", "2025-03-19T10:00:00Z", "2025-03-26T10:00:00Z"]);
    assert_eq!(late[0].latest, Some(at("2025-03-13T09:00:00Z")), "ten days after the last");
    assert_eq!(replan("2025-03-13T09:00:01Z"), [], "the safety board decides");
}

#[test]
fn a_start_is_on_time_late_or_the_boards_to_decide() {
    let given = [at("2025-03-03T09:00:00Z")];
    let judge = |now: &str| asked(&given, now, |one, of| one.judge_start(of));
    let least = SignedDuration::from_hours(5 * 24);
    assert_eq!(judge("2025-03-08T08:59:59Z"), Err(Refusal::TooClose { last: given[0], least }));
    let opens = Err(Refusal::TooEarly { earliest: at("2025-03-09T09:00:00Z") });
    assert_eq!(judge("2025-03-08T09:00:00Z"), opens);
    assert_eq!(judge("2025-03-09T09:00:00Z"), Ok(Timing::OnTime));
    assert_eq!(judge("2025-03-11T09:00:00Z"), Ok(Timing::OnTime));
    assert_eq!(judge("2025-03-11T09:00:01Z"), Ok(Timing::Late));
    assert_eq!(judge("2025-03-13T09:00:00Z"), Ok(Timing::Late));
    let until = at("2025-03-13T09:00:00Z");
    assert_eq!(judge("2025-03-13T09:00:01Z"), Err(Refusal::TooLate { until }));
    let of = |now: &str| asked(&given, now, |one, of| one.timing(of));
    assert_eq!(of("2025-03-13T09:00:01Z"), Timing::Outside);
}

#[test]
fn a_first_dose_beyond_its_span_is_the_boards_to_decide_whatever_the_late_rule() {
    let judge = |now: &str| asked(&[], now, |one, of| one.judge_start(of));
    assert_eq!(judge("2025-03-08T00:00:00Z"), Ok(Timing::OnTime));
    let until = at("2025-03-08T00:00:00Z");
    assert_eq!(judge("2025-03-08T00:00:00.000001Z"), Err(Refusal::TooLate { until }));
}

#[test]
fn a_day_of_weighing_is_the_sites_calendar_day() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    for (measured, now, fresh) in [
        ("2025-03-03T00:00:00+08:00", "2025-03-03T23:59:59+08:00", true),
        ("2025-03-02T23:59:59+08:00", "2025-03-03T00:00:00+08:00", false),
        ("2025-03-02T23:00:00Z", "2025-03-03T01:00:00Z", true),
        ("2025-03-03T09:00:00+08:00", "2025-03-03T08:00:00+08:00", false),
    ] {
        assert_eq!(with(|one| one.is_fresh(at(measured), at(now), &zone)), fresh, "{measured} {now}");
    }
}

fn reckoned_on(baseline: &Baseline, kilograms: &str) -> Dose {
    let now = at("2025-03-03T08:00:00Z");
    let asked = with(|one| one.reckon(Some(baseline), Some(&weight(kilograms)), now, &TimeZone::UTC));
    asked.unwrap().reckoned().unwrap().clone()
}

#[test]
fn a_weight_of_later_the_same_day_doses_nothing_before_it() {
    let baseline = Baseline { kilograms: "60".parse().unwrap(), measured_at: at("2025-02-20T06:00:00Z") };
    let before = at("2025-03-03T05:59:59Z");
    let asked = with(|one| one.reckon(Some(&baseline), Some(&weight("60")), before, &TimeZone::UTC));
    assert_eq!(asked, Err(Refusal::WeightStale { measured: at("2025-03-03T06:00:00Z") }));
}

#[test]
fn the_dose_is_a_million_cells_a_kilogram_of_the_weight_that_stands() {
    let baseline = Baseline { kilograms: "60".parse().unwrap(), measured_at: at("2025-02-20T06:00:00Z") };
    for (day, reckoned, used) in [
        ("60", "60000000", WeightUsed::Baseline),
        ("65.9", "60000000", WeightUsed::Baseline),
        ("66", "66000000", WeightUsed::Day),
        ("54", "54000000", WeightUsed::Day),
    ] {
        let dose = reckoned_on(&baseline, day);
        assert_eq!(dose.reckoned.unwrap().to_string(), reckoned, "{day}");
        assert_eq!(dose.weight_used, used, "{day}");
    }
    let dose = reckoned_on(&baseline, "60");
    assert_eq!(dose.weight_measured_at, Some(at("2025-02-20T06:00:00Z")));
    for (cells, allowed) in [
        (53_999_999i64, false),
        (54_000_000, true),
        (66_000_000, true),
        (66_000_001, false),
        (240_000_000, false),
    ] {
        assert_eq!(dose.allows(cells.into()), allowed, "{cells}");
    }
}

fn lot(facts: &[(&str, LotFact)]) -> Lot {
    Lot {
        id: "L1".into(),
        product: "uc-msc".into(),
        facts: facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect(),
        cells: 100.into(),
        unit: "cells".into(),
        expires: at("2025-12-31T00:00:00Z"),
        recipient: None,
        state: LotState::Received,
        drawn: BTreeMap::new(),
    }
}

fn number(value: &str, unit: &str) -> LotFact {
    LotFact::Number { value: value.parse().unwrap(), unit: unit.to_owned() }
}

#[test]
fn a_lot_is_accepted_only_when_all_is_known_and_true() {
    let (passage, modified) = (("passage", number("4", "")), ("gene-modified", LotFact::Yes(false)));
    let viability = |value: &str, unit: &str| ("viability", number(value, unit));
    for (facts, accepted) in [
        (vec![passage.clone(), modified.clone(), viability("80", "%")], true),
        (vec![passage.clone(), modified.clone(), viability("79.9", "%")], false),
        (vec![passage.clone(), modified.clone()], false),
        (vec![passage.clone(), modified.clone(), viability("0.8", "1")], false),
        (vec![("passage", number("5", "")), modified.clone(), viability("90", "%")], false),
        (vec![passage, ("gene-modified", LotFact::Yes(true)), viability("90", "%")], false),
    ] {
        let judged = accepts(&trial("pgf-msc"), &lot(&facts));
        assert_eq!(judged.is_ok(), accepted, "{facts:?} {judged:?}");
    }
    let other = Lot { product: "saline".into(), ..lot(&[]) };
    assert!(accepts(&trial("pgf-msc"), &other).is_err());
}
