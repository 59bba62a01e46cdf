//! Runs of days and the events found by them (sentences 22 to 28).

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::fixtures::*;
use crate::Protocol;
use crate::eval::events::{Derived, EventStanding, Evidence, derive};
use crate::eval::{Chart, Stamp};

const TODAY: Date = date(2025, 12, 31);

fn find(protocol: &Protocol, id: &str, chart: &Chart, from: Option<&str>) -> Derived {
    let from = from.map(|from| from.parse().unwrap());
    let attested = BTreeMap::new();
    derive(protocol, &event(id), &Evidence::new(chart, &attested, TODAY), from.as_ref())
}

fn on(chart: &Chart, id: &str) -> Option<Date> {
    let found = find(trial("pgf-msc"), id, chart, None);
    assert_eq!(found.on.is_some(), found.standing >= EventStanding::Proposed, "{found:?}");
    found.on
}

fn march(day: i8) -> Stamp {
    Stamp::Day(date(2025, 3, day))
}

/// Transplanted on 1 February, lowest on the 10th; then one value a day from 1 March.
fn daily(id: &str, unit: &str, values: &[&str]) -> Chart {
    let mut chart = chart();
    chart.happened(event("transplant"), day("2025-02-01"));
    chart.happened(event("nadir"), day("2025-02-10"));
    for (place, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
        chart.facts.record(fact(id), measured(value, unit), march(i8::try_from(place).unwrap() + 1));
    }
    chart
}

fn neutrophils(values: &[&str]) -> Chart {
    daily("neutrophils", "e9/L", values)
}

fn platelets(values: &[&str]) -> Chart {
    daily("platelets", "e9/L", values)
}

#[test]
fn sentence_22_the_worst_value_of_the_sites_day_stands() {
    let mut chart = neutrophils(&["0.6", "0.7", "0.8"]);
    assert_eq!(on(&chart, "neutrophil-engraftment"), Some(date(2025, 3, 1)));
    chart.facts.record(fact("neutrophils"), measured("0.5", "e9/L"), at("2025-03-02 23:30"));
    assert_eq!(on(&chart, "neutrophil-engraftment"), None);
    // 23:30 of the second at the site is the second, whatever the day is elsewhere.
    let mut chart = neutrophils(&["0.6", "", "0.8"]);
    chart.facts.record(fact("neutrophils"), measured("0.9", "e9/L"), at("2025-03-02 00:10"));
    assert_eq!(on(&chart, "neutrophil-engraftment"), Some(date(2025, 3, 1)));
}

#[test]
fn reading_12_a_printed_half_does_not_exceed_a_half() {
    assert_eq!(
        on(&neutrophils(&["0.50", "0.51", "0.52", "0.53"]), "neutrophil-engraftment"),
        Some(date(2025, 3, 2))
    );
    assert_eq!(on(&neutrophils(&["0.5", "0.5", "0.5"]), "neutrophil-engraftment"), None);
}

#[test]
fn sentence_23_each_day_needs_a_value_and_each_must_fit() {
    assert_eq!(on(&neutrophils(&["0.6", "", "0.8", "0.9"]), "neutrophil-engraftment"), None);
    assert_eq!(
        on(&neutrophils(&["0.6", "0.4", "0.8", "0.9", "1.0"]), "neutrophil-engraftment"),
        Some(date(2025, 3, 3))
    );
    assert_eq!(on(&neutrophils(&["0.6", "0.7"]), "neutrophil-engraftment"), None);
    let seven = ["20", "21", "22", "23", "24", "25", "26"];
    assert_eq!(on(&platelets(&seven), "platelet-engraftment"), Some(date(2025, 3, 1)));
    assert_eq!(on(&platelets(&seven[1..]), "platelet-engraftment"), None);
}

#[test]
fn sentence_23_a_bridge_closes_one_missing_day_and_is_marked() {
    let line = "when = \"neutrophils > 0.5 e9/L\"";
    let bridged = pgf_with(&[(line, &format!("{line}\nbridge = \"1 day\""))]);
    let found = |values: &[&str]| find(&bridged, "neutrophil-engraftment", &neutrophils(values), None);
    let run = found(&["0.6", "", "0.8"]);
    assert_eq!(run.on, Some(date(2025, 3, 1)));
    assert_eq!(run.proof.iter().map(|row| row.imputed).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(found(&["0.6", "0.7", "", "0.4"]).on, None, "the last day is always measured");
    assert_eq!(found(&["0.6", "", "", "0.8"]).on, None);
    assert_eq!(found(&["0.6", "", "0.4", "0.8"]).on, None);
    assert_eq!(found(&["0.6", "0.7", "", "0.9"]).on, Some(date(2025, 3, 2)), "measured at both ends");
}

#[test]
fn sentence_25_no_transfusion_on_any_day_of_the_run() {
    let mut chart = platelets(&["20"; 10]);
    chart.happened(event("platelet-transfusion"), march(3));
    assert_eq!(on(&chart, "platelet-engraftment"), Some(date(2025, 3, 4)));
    chart.happened(event("platelet-transfusion"), Stamp::Undated);
    assert_eq!(on(&chart, "platelet-engraftment"), None, "it may have been then");
}

#[test]
fn sentence_25_none_in_the_seven_days_before() {
    let mut chart = daily("hemoglobin", "g/L", &[]);
    chart.facts.record(fact("hemoglobin"), measured("71", "g/L"), at("2025-03-08 10:00"));
    let after = |transfusion: &str| {
        let mut chart = chart.clone();
        chart.happened(event("red-cell-transfusion"), at(transfusion));
        on(&chart, "red-cell-engraftment")
    };
    assert_eq!(on(&chart, "red-cell-engraftment"), Some(date(2025, 3, 8)));
    assert_eq!(after("2025-03-01 09:59"), Some(date(2025, 3, 8)));
    assert_eq!(after("2025-03-01 10:00"), None);
    assert_eq!(after("2025-03-08 18:00"), None, "on the day of the run");
}

#[test]
fn sentence_26_a_run_begins_on_a_later_day_than_its_event() {
    let mut chart = neutrophils(&["0.6", "0.7", "0.8", "0.9"]);
    chart.events.insert(event("nadir"), vec![march(1)]);
    assert_eq!(on(&chart, "neutrophil-engraftment"), Some(date(2025, 3, 2)));
    chart.events.remove(&event("nadir"));
    assert_eq!(on(&chart, "neutrophil-engraftment"), None, "the counts of day 0 do not engraft");
    chart.facts.record(fact("neutrophils"), measured("0.1", "e9/L"), day("2025-02-15"));
    assert_eq!(on(&chart, "neutrophil-engraftment"), Some(date(2025, 3, 1)), "the lowest point is found too");
}

#[test]
fn sentence_26_an_endpoints_from_takes_the_place_of_the_events() {
    let chart = neutrophils(&["0.6", "0.7", "0.8", "0.9", "1.0"]);
    let mut allocated = chart.clone();
    allocated.happened(event("randomization"), march(2));
    let found = |from| find(trial("pgf-msc"), "neutrophil-engraftment", &allocated, Some(from)).on;
    assert_eq!(found("randomization"), Some(date(2025, 3, 3)));
    assert_eq!(found("1 day after randomization"), Some(date(2025, 3, 3)), "on that day or later");
    assert_eq!(found("4 days after randomization"), None);
}

#[test]
fn sentence_27_a_run_is_dated_to_its_first_day_and_known_on_its_last() {
    let found =
        find(trial("pgf-msc"), "neutrophil-engraftment", &neutrophils(&["0.6", "0.7", "0.8", "0.9"]), None);
    assert_eq!((found.on, found.known), (Some(date(2025, 3, 1)), Some(date(2025, 3, 3))));
    assert_eq!(found.proof.len(), 3);
}

#[test]
fn sentence_27_all_of_is_dated_to_the_last_of_its_parts() {
    let mut chart = neutrophils(&["0.6", "0.7", "0.8"]);
    for place in 5..=11 {
        chart.facts.record(fact("platelets"), measured("25", "e9/L"), march(place));
    }
    assert_eq!(on(&chart, "reconstitution"), Some(date(2025, 3, 5)));
}

fn cytopenic() -> Chart {
    let mut chart = chart();
    chart.happened(event("transplant"), day("2025-02-01"));
    for place in 1..=3 {
        chart.facts.record(fact("neutrophils"), measured("0.3", "e9/L"), march(place));
        chart.facts.record(fact("platelets"), measured("12", "e9/L"), march(place));
        chart.facts.record(fact("hemoglobin"), measured("90", "g/L"), march(place));
    }
    chart
}

#[test]
fn sentence_27_poor_graft_function_is_proposed_and_counts_when_signed() {
    let mut chart = cytopenic();
    assert_eq!(on(&chart, "cytopenia"), Some(date(2025, 3, 1)));
    let open = find(trial("pgf-msc"), "pgf", &chart, None);
    assert_eq!(open.standing, EventStanding::Unknown, "{:?}", open.reasons);
    assert!(open.missing.contains("donor-chimerism"));
    for (id, value) in [
        ("donor-chimerism", measured("97", "%")),
        ("marrow-cellularity", word("hypocellular")),
        ("acute-gvhd-grade", word("I")),
        ("relapsed", crate::eval::Value::Yes(false)),
    ] {
        chart.facts.record(fact(id), value, march(5));
    }
    let proposed = find(trial("pgf-msc"), "pgf", &chart, None);
    assert_eq!((proposed.standing, proposed.on), (EventStanding::Proposed, Some(date(2025, 3, 1))));
    chart.facts.record(fact("relapsed"), crate::eval::Value::Yes(true), march(6));
    assert_eq!(find(trial("pgf-msc"), "pgf", &chart, None).standing, EventStanding::NotReached);
    chart.happened(event("pgf"), march(7));
    assert_eq!(find(trial("pgf-msc"), "pgf", &chart, None).standing, EventStanding::Counts);
}

#[test]
fn before_day_28_counts_are_no_poor_graft_function() {
    let mut chart = cytopenic();
    chart.events.insert(event("transplant"), vec![day("2025-02-02")]);
    assert_eq!(on(&chart, "cytopenia"), None, "1 March is day 27");
    chart.events.insert(event("transplant"), vec![day("2025-02-01")]);
    assert_eq!(on(&chart, "cytopenia"), Some(date(2025, 3, 1)), "and day 28 counts");
}

#[test]
fn a_person_signs_the_second_way_in() {
    let chart = chart();
    let attested = [(event("cytopenia"), date(2025, 4, 1))].into();
    let evidence = Evidence::new(&chart, &attested, TODAY);
    let found = derive(trial("pgf-msc"), &event("cytopenia"), &evidence, None);
    assert_eq!((found.standing, found.on), (EventStanding::Counts, Some(date(2025, 4, 1))));
}

#[test]
fn sentence_28_by_arm_dates_an_event_for_each_arm() {
    let mut chart = chart();
    chart.happened(event("randomization"), march(1));
    chart.happened(event("last-dose"), day("2025-03-25"));
    let dated = |arm: Option<&str>, chart: &Chart| {
        let chart = Chart { arm: arm.map(|arm| arm.parse().unwrap()), ..chart.clone() };
        find(trial("pgf-msc"), "last-treatment", &chart, None)
    };
    assert_eq!(dated(Some("msc"), &chart).on, Some(date(2025, 3, 25)));
    assert_eq!(dated(Some("control"), &chart).on, Some(date(2025, 3, 22)), "day 22");
    assert_eq!(dated(None, &chart).standing, EventStanding::Unknown);
}

#[test]
fn sentence_28_corrections_derive_events_anew() {
    let mut chart = neutrophils(&["0.6", "0.7", "0.8"]);
    assert!(on(&chart, "neutrophil-engraftment").is_some());
    chart.facts.correct(fact("neutrophils"), measured("0.07", "e9/L"), march(2));
    assert_eq!(on(&chart, "neutrophil-engraftment"), None);
}
