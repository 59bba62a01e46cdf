//! The first trial's prescription, read from its file: plan, late doses, weights, lots.

use std::collections::BTreeMap;

use super::*;
use crate::domain::lot::{LotFact, LotState};
use crate::domain::subject::Allocation;
use crate::domain::weight::SecondPerson;

const FILE: &str = include_str!("../../../../deploy/protocols/pgf-msc.toml");
const COMMON: &str = include_str!("../../../../deploy/protocols/dictionary/common.toml");
const HSCT: &str = include_str!("../../../../deploy/protocols/dictionary/hsct.toml");
const ICH: &str = include_str!("../../../../deploy/protocols/dictionary/ich.toml");

fn protocol() -> Protocol {
    let texts = [("common", COMMON), ("hsct", HSCT), ("ich", ICH)];
    let dictionaries = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    holdpoint_protocol::load("pgf-msc.toml", FILE, &dictionaries).unwrap()
}

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
        change_percent: None,
        second: SecondPerson::NotNeeded,
    }
}

fn with<T>(ask: impl FnOnce(Prescription<'_>) -> T) -> T {
    let protocol = protocol();
    ask(Prescription::of(&protocol, &subject("msc"), None).unwrap())
}

#[test]
fn the_control_arm_has_nothing_to_plan() {
    let protocol = protocol();
    assert_eq!(Prescription::of(&protocol, &subject("control"), None).err(), Some(Refusal::NothingToPlan));
    let other = Prescription::of(&protocol, &subject("msc"), Some(&"g-csf".into()));
    assert_eq!(other.err(), Some(Refusal::NothingToPlan));
}

#[test]
fn four_weekly_doses_a_day_to_either_side() {
    let first = at("2025-03-03T08:00:00Z");
    let windows = with(|one| one.plan(&subject("msc"), first, &TimeZone::UTC)).unwrap();
    let due: Vec<_> = windows.iter().map(|window| window.due.to_string()).collect();
    let weekly =
        ["2025-03-03T08:00:00Z", "2025-03-10T08:00:00Z", "2025-03-17T08:00:00Z", "2025-03-24T08:00:00Z"];
    assert_eq!(due, weekly);
    assert_eq!(windows[0].latest, at("2025-03-08T00:00:00Z"), "within 7 days after randomization");
    assert_eq!(windows[1].earliest, at("2025-03-09T08:00:00Z"));
    assert_eq!(windows[1].latest, at("2025-03-11T08:00:00Z"));
}

#[test]
fn the_first_lies_within_seven_days_after_randomization() {
    for (first, allowed) in [
        ("2025-02-28T23:59:59Z", false),
        ("2025-03-01T00:00:00Z", true),
        ("2025-03-08T00:00:00Z", true),
        ("2025-03-08T00:00:01Z", false),
    ] {
        let planned = with(|one| one.plan(&subject("msc"), at(first), &TimeZone::UTC));
        assert_eq!(planned.is_ok(), allowed, "{first}");
    }
}

#[test]
fn a_missed_dose_shifts_the_rest_until_ten_days_and_not_beyond() {
    let planned = with(|one| one.plan(&subject("msc"), at("2025-03-03T08:00:00Z"), &TimeZone::UTC)).unwrap();
    let waiting: Vec<_> = (2..).zip(planned.iter().skip(1).copied()).collect();
    let given = [at("2025-03-03T09:00:00Z")];
    let replan = |now: &str| with(|one| one.replan(&given, &waiting, at(now), &TimeZone::UTC));
    let due = |windows: &[Window]| windows.iter().map(|window| window.due.to_string()).collect::<Vec<_>>();
    assert_eq!(
        due(&replan("2025-03-04T00:00:00Z")),
        ["2025-03-10T09:00:00Z", "2025-03-17T09:00:00Z", "2025-03-24T09:00:00Z"],
        "counted from the dose as given"
    );
    let late = replan("2025-03-12T10:00:00Z");
    assert_eq!(due(&late), ["2025-03-12T10:00:00Z", "2025-03-19T10:00:00Z", "2025-03-26T10:00:00Z"]);
    assert_eq!(late[0].latest, at("2025-03-13T09:00:00Z"), "ten days after the last");
    let beyond: Vec<_> = waiting.iter().map(|(_, window)| *window).collect();
    assert_eq!(replan("2025-03-13T09:00:01Z"), beyond, "the safety board decides");
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

#[test]
fn the_dose_is_a_million_cells_a_kilogram_of_the_weight_that_stands() {
    let baseline = Baseline { kilograms: "60".parse().unwrap(), measured_at: at("2025-02-20T06:00:00Z") };
    for (day, reckoned, used) in [
        ("60", "60000000", WeightUsed::Baseline),
        ("65.9", "60000000", WeightUsed::Baseline),
        ("66", "66000000", WeightUsed::Day),
        ("54", "54000000", WeightUsed::Day),
    ] {
        let dose = with(|one| one.reckon(&baseline, &weight(day))).unwrap();
        assert_eq!((dose.reckoned.to_string(), dose.weight_used), (reckoned.to_owned(), used), "{day}");
    }
    let dose = with(|one| one.reckon(&baseline, &weight("60"))).unwrap();
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
        let judged = accepts(&protocol(), &lot(&facts));
        assert_eq!(judged.is_ok(), accepted, "{facts:?} {judged:?}");
    }
    let other = Lot { product: "saline".into(), ..lot(&[]) };
    assert!(accepts(&protocol(), &other).is_err());
}
