//! What is to be done when (sentences 31 to 36).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::fixtures::*;
use super::planned::{Item, ItemState, Performed, plan};
use crate::Protocol;
use crate::eval::events::Evidence;
use crate::eval::time::{day_end, day_of, day_start};
use crate::eval::{Chart, Stamp};

fn planned(protocol: &Protocol, chart: &Chart, performed: &[(&str, Stamp)], today: Date) -> Vec<Item> {
    planned_at(protocol, chart, performed, day_start(today, &zone()))
}

fn planned_at(protocol: &Protocol, chart: &Chart, performed: &[(&str, Stamp)], now: Timestamp) -> Vec<Item> {
    let attested = BTreeMap::new();
    let evidence = Evidence::new(chart, &attested, day_of(now, &zone()));
    let performed: Vec<Performed> = performed
        .iter()
        .map(|(activity, at)| Performed { activity: activity.parse().unwrap(), at: *at })
        .collect();
    plan(protocol, &evidence, &performed, &BTreeSet::new(), now)
}

fn of<'a>(items: &'a [Item], phase: &str, activity: &str) -> Vec<&'a Item> {
    items
        .iter()
        .filter(|item| item.key.phase.as_str() == phase && item.key.activity.as_str() == activity)
        .collect()
}

/// First and last day of each window.
fn days(items: &[&Item]) -> Vec<(Date, Option<Date>)> {
    items.iter().map(|item| item.window.days(&zone())).collect()
}

fn transplanted() -> Chart {
    let mut chart = chart();
    chart.happened(event("transplant"), day("2025-01-01"));
    chart
}

fn reconstituted() -> Chart {
    let mut chart = transplanted();
    chart.happened(event("reconstitution"), day("2025-02-01"));
    chart
}

#[test]
fn sentence_31_so_many_in_each_consecutive_span_from_the_opening() {
    let items = planned(trial("pgf-msc"), &transplanted(), &[], date(2025, 1, 3));
    let counts = of(&items, "before-reconstitution", "cbc");
    let window = |from, to| (from, Some(to));
    assert_eq!(
        days(&counts)[..2],
        [window(date(2024, 12, 31), date(2025, 1, 8)), window(date(2025, 1, 7), date(2025, 1, 15)),]
    );
    assert!(counts.iter().all(|item| item.least == 2));
}

#[test]
fn sentence_31_overdue_when_span_and_window_end_short() {
    let state = |performed: &[(&str, Stamp)], now: Timestamp| {
        let items = planned_at(trial("pgf-msc"), &transplanted(), performed, now);
        of(&items, "before-reconstitution", "cbc")[0].state
    };
    let one = [("cbc", day("2025-01-02"))];
    let two = [("cbc", day("2025-01-02")), ("cbc", day("2025-01-08"))];
    let last = day_end(date(2025, 1, 8), &zone());
    assert_eq!(state(&one, last), ItemState::Due);
    assert_eq!(state(&one, day_start(date(2025, 1, 9), &zone())), ItemState::Overdue);
    assert_eq!(state(&two, day_start(date(2025, 1, 9), &zone())), ItemState::Done);
}

#[test]
fn sentence_31_one_activity_counts_in_one_span_of_a_line() {
    // The 8th lies in the windows of both weeks.
    let performed = [("cbc", day("2025-01-03")), ("cbc", day("2025-01-08")), ("cbc", day("2025-01-12"))];
    let items = planned(trial("pgf-msc"), &transplanted(), &performed, date(2025, 1, 20));
    let counts = of(&items, "before-reconstitution", "cbc");
    assert_eq!(counts.iter().take(2).map(|item| item.done).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn sentence_32_fixed_points_have_the_window_of_their_unit() {
    let items = planned(trial("pgf-msc"), &reconstituted(), &[], date(2025, 2, 1));
    let subsets = of(&items, "first-year", "lymphocytes");
    let around = |day: Date| {
        let reach = jiff::Span::new().days(7);
        (day.checked_sub(reach).unwrap(), Some(day.checked_add(reach).unwrap()))
    };
    // Months 1, 2, 3, 4.5, 6, 9 and 12 after the transplant.
    let points = [
        date(2025, 2, 1),
        date(2025, 3, 1),
        date(2025, 4, 1),
        date(2025, 5, 16),
        date(2025, 7, 1),
        date(2025, 10, 1),
        date(2026, 1, 1),
    ];
    assert_eq!(days(&subsets), points.map(around));
}

#[test]
fn sentence_32_a_phases_own_window_replaces_it() {
    let mut chart = dosed(&["2025-03-01 10:00"]);
    chart.zone = zone();
    let items = planned(trial("pgf-msc"), &chart, &[], date(2025, 3, 1));
    let watch = of(&items, "infusion", "vital-signs");
    let opens: Vec<Timestamp> = watch.iter().map(|item| item.window.opens_at(&zone())).collect();
    let times = [
        "2025-03-01 09:50",
        "2025-03-01 10:05",
        "2025-03-01 10:20",
        "2025-03-01 10:50",
        "2025-03-01 11:50",
        "2025-03-02 09:50",
    ];
    assert_eq!(opens, times.map(instant));
    assert_eq!(watch[1].window.closes_at(&zone()), Some(instant("2025-03-01 10:25")));
}

#[test]
fn sentence_33_one_activity_satisfies_every_line_that_contains_it() {
    let items = planned(trial("pgf-msc"), &reconstituted(), &[("cbc", day("2025-02-20"))], date(2025, 3, 20));
    let done = |phase| of(&items, phase, "cbc").iter().filter(|item| item.done > 0).count();
    assert_eq!((done("after-reconstitution"), done("first-year"), done("long-term")), (1, 1, 1));
}

#[test]
fn sentence_33_optional_is_never_overdue_waivable_may_be_closed_as_needed_never_due() {
    let protocol = trial("pgf-msc");
    let chart = reconstituted();
    let today = date(2025, 8, 1);
    let items = planned(protocol, &chart, &[], today);
    assert!(
        of(&items, "after-reconstitution", "lymphocytes").iter().all(|item| item.state != ItemState::Overdue)
    );
    assert_eq!(of(&items, "after-reconstitution", "imaging").len(), 0);
    let marrow = of(&items, "first-year", "marrow")[0];
    assert_eq!(marrow.state, ItemState::Overdue);
    let attested = BTreeMap::new();
    let evidence = Evidence::new(&chart, &attested, today);
    let closed = [marrow.key.clone(), of(&items, "first-year", "cbc")[0].key.clone()].into();
    let items = plan(protocol, &evidence, &[], &closed, day_start(today, &zone()));
    assert_eq!(of(&items, "first-year", "marrow")[0].state, ItemState::Waived);
    assert_eq!(of(&items, "first-year", "cbc")[0].state, ItemState::Overdue, "what is due can not be waived");
}

#[test]
fn sentence_34_a_phase_opens_each_time_and_ends_at_the_first_end() {
    let doses = dosed(&["2025-03-01 10:00", "2025-03-08 10:00"]);
    let items = planned(trial("pgf-msc"), &doses, &[], date(2025, 3, 8));
    assert_eq!(of(&items, "infusion", "vital-signs").len(), 12);
    // Reconstitution ends the phase; its day is still inside.
    let items = planned(trial("pgf-msc"), &reconstituted(), &[], date(2025, 3, 1));
    let daily = of(&items, "before-reconstitution", "vital-signs");
    assert_eq!((daily.len(), days(&daily).last().unwrap().0), (32, date(2025, 2, 1)));
    let mut dead = reconstituted();
    dead.happened(event("death"), day("2025-01-10"));
    let items = planned(trial("pgf-msc"), &dead, &[], date(2025, 3, 1));
    assert_eq!(of(&items, "before-reconstitution", "vital-signs").len(), 10);
    assert!(of(&items, "first-year", "cbc").is_empty(), "it does not open after death");
}

#[test]
fn sentence_34_a_phase_whose_end_has_passed_does_not_open() {
    let mut chart = transplanted();
    chart.happened(event("reconstitution"), day("2026-01-02"));
    let items = planned(trial("pgf-msc"), &chart, &[], date(2026, 1, 3));
    assert!(of(&items, "first-year", "cbc").is_empty());
    chart.happened(event("tpo-ra-resumed"), day("2025-02-01"));
    chart.happened(event("tpo-ra-stopped"), day("2025-03-01"));
    let items = planned(trial("pgf-msc"), &chart, &[], date(2025, 3, 3));
    assert!(!of(&items, "tpo-ra-stopped", "cbc").is_empty(), "an earlier resumption does not end it");
}

#[test]
fn sentence_35_without_a_dated_end_items_are_planned_28_days_ahead() {
    let mut chart = chart();
    chart.happened(event("pgf"), day("2025-03-01"));
    let items = planned(trial("pgf-msc"), &chart, &[], date(2025, 3, 10));
    let daily = of(&items, "pgf", "cbc");
    assert_eq!(days(&daily).last().unwrap().0, date(2025, 4, 7));
    chart.happened(event("randomization"), day("2025-03-05"));
    let items = planned(trial("pgf-msc"), &chart, &[], date(2025, 3, 10));
    assert_eq!(
        days(&of(&items, "pgf", "cbc")).last().unwrap().0,
        date(2025, 4, 30),
        "eight weeks after allocation"
    );
}

#[test]
fn sentence_36_a_corrected_anchor_moves_what_is_planned_and_not_what_was_done() {
    let performed = [("lymphocytes", day("2025-03-01"))];
    let mut chart = reconstituted();
    let before = planned(trial("pgf-msc"), &chart, &performed, date(2025, 3, 5));
    chart.events.insert(event("transplant"), vec![day("2025-01-05")]);
    let after = planned(trial("pgf-msc"), &chart, &performed, date(2025, 3, 5));
    let month = |items: &[Item]| {
        let item = of(items, "first-year", "lymphocytes")[1].clone();
        (day_of(item.window.target_at(&zone()), &zone()), item.state)
    };
    assert_eq!(month(&before), (date(2025, 3, 1), ItemState::Done));
    assert_eq!(month(&after), (date(2025, 3, 5), ItemState::Done), "the window moves, the activity does not");
}

#[test]
fn a_run_in_counts_back_from_the_dose() {
    let chart = dosed(&["2025-06-15 10:00"]);
    let items = planned(trial("nct01348451"), &chart, &[], date(2025, 6, 15));
    let targets: Vec<Date> = of(&items, "run-in", "ashworth")
        .iter()
        .map(|item| day_of(item.window.target_at(&zone()), &zone()))
        .collect();
    assert_eq!(targets, [date(2025, 3, 15), date(2025, 4, 15), date(2025, 5, 15)]);
}
