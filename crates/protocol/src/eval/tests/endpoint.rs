//! What a subject gives an endpoint (sentence 38), and the slope of a course.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::fixtures::*;
use crate::Protocol;
use crate::eval::endpoint::{AtRisk, Censored, Count, Findings, Given, Reached, ask, slope_per_month};
use crate::eval::events::Evidence;
use crate::eval::{Chart, FactSource, Facts, Looked, Occasion, Pick, Stamp, Truth, Value};
use crate::ids::EventId;

fn given(
    protocol: &Protocol,
    endpoint: &str,
    chart: &Chart,
    adverse_events: &[Occasion<'_>],
    today: Date,
) -> Given {
    let attested = BTreeMap::new();
    let endpoint = protocol.endpoints.get(endpoint).expect("the endpoint is in the file");
    let evidence = Evidence::new(chart, &attested, today);
    ask(protocol, endpoint, &Findings { evidence, adverse_events })
}

fn reached(given: Given, event: &str) -> Reached {
    match given {
        Given::Rate(events) => events.get(event).cloned().expect("the event is of the endpoint"),
        other => panic!("a rate, not {other:?}"),
    }
}

fn at_risk(given: Given) -> AtRisk {
    match given {
        Given::Time(at_risk) => at_risk,
        other => panic!("a time, not {other:?}"),
    }
}

/// Transplanted on 1 January, counts down on 10 January, allocated on 1 March: week 8 is 26 April.
fn allocated() -> Chart {
    let mut chart = chart();
    chart.happened(event("transplant"), day("2025-01-01"));
    chart.happened(event("randomization"), day("2025-03-01"));
    chart.facts.record(fact("neutrophils"), measured("0.1", "e9/L"), day("2025-01-10"));
    chart
}

/// All three lineages well for seven days from a day on.
fn recovering(mut chart: Chart, first: Date) -> Chart {
    for place in 0..7 {
        let on = Stamp::Day(first.checked_add(jiff::Span::new().days(place)).unwrap());
        chart.facts.record(fact("neutrophils"), measured("1.2", "e9/L"), on);
        chart.facts.record(fact("platelets"), measured("60", "e9/L"), on);
        chart.facts.record(fact("hemoglobin"), measured("95", "g/L"), on);
    }
    chart
}

#[test]
fn sentence_38_at_asks_what_has_been_reached_by_then() {
    let protocol = trial("pgf-msc");
    let ask = |first: Date, today: Date| {
        let chart = recovering(allocated(), first);
        reached(given(protocol, "hematologic-recovery", &chart, &[], today), "hematologic-response")
    };
    let late = date(2025, 8, 1);
    assert_eq!(ask(date(2025, 4, 20), late), Reached::On(date(2025, 4, 20)), "complete on the day itself");
    assert_eq!(ask(date(2025, 4, 21), late), Reached::Never, "complete a day too late");
    assert_eq!(
        ask(date(2025, 3, 1), date(2025, 4, 1)),
        Reached::NotYet,
        "the run began on the day of allocation"
    );
    assert_eq!(ask(date(2025, 3, 2), date(2025, 4, 1)), Reached::On(date(2025, 3, 2)));
}

#[test]
fn sentence_38_without_what_it_counts_from_there_is_nothing_to_give() {
    let told = given(trial("pgf-msc"), "hematologic-recovery", &chart(), &[], date(2025, 4, 1));
    assert!(matches!(told, Given::NotBegun(reason) if reason.contains("randomization")));
}

#[test]
fn sentence_38_within_counts_until_then_and_from_its_own_from() {
    let protocol = trial("pgf-msc");
    let ask = |first: Date| {
        let chart = recovering(allocated(), first);
        let told = given(protocol, "registered-window", &chart, &[], date(2025, 8, 1));
        reached(told, "hematologic-response")
    };
    assert_eq!(ask(date(2025, 1, 21)), Reached::On(date(2025, 1, 21)), "day 20");
    assert_eq!(ask(date(2025, 2, 10)), Reached::On(date(2025, 2, 10)), "day 40");
    assert_eq!(ask(date(2025, 2, 11)), Reached::Never, "day 41");
}

#[test]
fn sentence_38_a_recorded_event_counts_only_in_its_window() {
    let protocol = trial("pgf-msc");
    let ask = |relapse: &str| {
        let mut chart = allocated();
        chart.happened(event("relapse"), day(relapse));
        reached(given(protocol, "safety", &chart, &[], date(2026, 6, 1)), "relapse")
    };
    assert_eq!(ask("2024-12-31"), Reached::Never, "before the transplant");
    assert_eq!(ask("2026-01-01"), Reached::On(date(2026, 1, 1)), "both ends are inside");
    assert_eq!(ask("2026-01-02"), Reached::Never);
}

#[test]
fn sentence_38_time_counts_at_risk_from_entry() {
    let protocol = trial("pgf-msc");
    let mut chart = allocated();
    let today = date(2025, 6, 1);
    let so_far = at_risk(given(protocol, "survival-from-transplant", &chart, &[], today));
    assert_eq!((so_far.entry, so_far.end, so_far.outcome), (59, 151, Err(Censored::StillAtRisk)));

    chart.happened(event("death"), day("2025-05-01"));
    let died = at_risk(given(protocol, "survival-from-transplant", &chart, &[], today));
    assert_eq!((died.entry, died.end, died.outcome), (59, 120, Ok(event("death"))));
    let from_allocation = at_risk(given(protocol, "overall-survival", &chart, &[], today));
    assert_eq!((from_allocation.entry, from_allocation.end), (0, 61));
}

#[test]
fn sentence_38_a_time_ends_with_the_window_the_study_or_a_death_that_is_not_asked() {
    let protocol = trial("pgf-msc");
    let today = date(2027, 1, 1);
    let window = at_risk(given(protocol, "overall-survival", &allocated(), &[], today));
    assert_eq!((window.end, window.outcome), (365, Err(Censored::EndOfWindow)));

    let left = Chart { end_of_study: Some(day("2025-03-31")), ..allocated() };
    let left = at_risk(given(protocol, "overall-survival", &left, &[], today));
    assert_eq!((left.end, left.outcome), (30, Err(Censored::EndOfStudy)));

    let mut dead = allocated();
    dead.happened(event("death"), day("2025-04-10"));
    let dead = at_risk(given(protocol, "time-to-engraftment", &dead, &[], today));
    assert_eq!((dead.end, dead.outcome), (40, Err(Censored::Death)));
}

#[test]
fn sentence_38_time_to_engraftment_is_of_runs_after_allocation() {
    let before = recovering(allocated(), date(2025, 1, 20));
    let both = recovering(before, date(2025, 3, 11));
    let told = at_risk(given(trial("pgf-msc"), "time-to-engraftment", &both, &[], date(2025, 6, 1)));
    let ten: BTreeMap<EventId, i64> =
        [(event("neutrophil-engraftment"), 10), (event("platelet-engraftment"), 10)].into();
    assert_eq!((told.end, told.reached), (10, ten));
}

#[test]
fn sentence_38_when_says_which_adverse_events_count() {
    let protocol = trial("nct02987413");
    let mut chart = chart();
    chart.doses.push(at("2025-03-01 10:00"));
    chart.happened(event("last-dose"), at("2025-03-01 10:00"));
    let adverse_event = event("adverse-event");
    let onset = at("2025-03-05 08:00");
    let ask = |facts: &Facts| {
        let occasions = [occasion(&adverse_event, onset, facts, &chart)];
        reached(given(protocol, "serious-events", &chart, &occasions, date(2025, 4, 1)), "adverse-event")
    };
    let criteria = |words_ticked: &[&str]| facts(&[("criterion", words(words_ticked), onset)]);
    assert_eq!(ask(&criteria(&["hospitalization"])), Reached::On(date(2025, 3, 5)));
    assert!(matches!(ask(&criteria(&[])), Reached::Unknown(_)), "nobody has said whether it is serious");
    assert_eq!(ask(&facts(&[("serious", Value::Yes(false), onset)])), Reached::NotYet);
}

#[test]
fn sentence_8_what_is_unknown_is_not_counted_yet() {
    let protocol = trial("nct01609283");
    let mut chart = chart();
    chart.doses.push(at("2025-03-01 10:00"));
    chart.happened(event("last-dose"), at("2025-03-01 10:00"));
    let adverse_event = event("adverse-event");
    let onset = at("2025-03-05 08:00");
    let graded =
        |grade: &str| facts(&[("grade", number(grade), onset), ("relatedness", word("probable"), onset)]);
    let (severe, mild) = (graded("3"), graded("1"));
    let unknown = facts(&[("relatedness", word("probable"), onset)]);
    let of = |facts| Occasion {
        cause: "AE",
        event: &adverse_event,
        at: onset,
        truth: Truth::True,
        facts,
        chart: &chart,
    };
    let occasions = [of(&severe), of(&severe), of(&mild), of(&unknown)];
    let Given::Count(counts) = given(protocol, "dlt", &chart, &occasions, date(2025, 6, 1)) else {
        panic!("a count");
    };
    assert_eq!(counts.get("dlt"), Some(&Count { certain: 2, undecided: 1 }));
}

#[test]
fn a_slope_is_the_line_of_least_squares_a_month() {
    let points = |values: &[(i16, &str)]| -> Vec<(Date, Decimal)> {
        let start = date(2025, 1, 1);
        let day = |days: i16| start.checked_add(jiff::Span::new().days(i64::from(days))).unwrap();
        values.iter().map(|(days, value)| (day(*days), value.parse().unwrap())).collect()
    };
    assert_eq!(slope_per_month(&points(&[])), None);
    assert_eq!(slope_per_month(&points(&[(0, "40")])), None);
    assert_eq!(slope_per_month(&points(&[(3, "40"), (3, "38")])), None, "one day has no slope");
    assert_eq!(slope_per_month(&points(&[(0, "40"), (1, "39")])), Some("-30.4375".parse().unwrap()));
    // Least squares of (0, 40), (100, 37), (200, 36): -0.02 a day.
    let slope = slope_per_month(&points(&[(0, "40"), (100, "37"), (200, "36")])).unwrap();
    assert_eq!(slope, "-0.60875".parse().unwrap());
}

#[test]
fn a_fact_derived_as_slope_reads_the_values_up_to_its_time() {
    let protocol = trial("nct02881489");
    let mut chart = chart();
    for (on, score) in [("2025-01-01", "40"), ("2025-01-02", "39"), ("2025-03-01", "10")] {
        chart.facts.record(fact("alsfrs-r"), number(score), day(on));
    }
    let slope = protocol.facts.get("alsfrs-r-slope").expect("the dictionary has it");
    let looked = chart.at(instant("2025-01-31 12:00"), Pick::Worst).look(slope);
    let Looked::Values(values) = looked else { panic!("a value") };
    let [observed] = values.as_slice() else { panic!("one value") };
    assert_eq!(observed.at, day("2025-01-02"));
    assert!(matches!(&observed.value, Value::Number(q) if q.value == "-30.4375".parse().unwrap()));
}
