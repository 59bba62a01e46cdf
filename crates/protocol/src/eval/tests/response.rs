//! The platelet response (sentence 37) and runs that are not of consecutive days (sentence 24).

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::fixtures::*;
use crate::condition::parse;
use crate::eval::events::Evidence;
use crate::eval::response::{Assessed, Assessment, assess};
use crate::eval::runs::Runs;
use crate::eval::{Chart, Stamp};
use crate::model::Run;

/// Allocated on 1 March: week 8 is 26 April. One count a day from a day on.
fn counts(first: Date, values: &[&str]) -> Chart {
    let mut chart = chart();
    chart.happened(event("randomization"), day("2025-03-01"));
    for (place, value) in values.iter().enumerate() {
        let on = first.checked_add(jiff::Span::new().days(i64::try_from(place).unwrap())).unwrap();
        chart.facts.record(fact("platelets"), measured(value, "e9/L"), Stamp::Day(on));
    }
    chart
}

fn assessed(chart: &Chart, today: Date) -> Assessed {
    let protocol = trial("pgf-msc");
    let attested = BTreeMap::new();
    let response = protocol.responses.get("platelet").unwrap();
    assess(protocol, response, &Evidence::new(chart, &attested, today))
}

fn fixed(category: &str) -> Assessment {
    Assessment::Fixed(category.parse().unwrap())
}

fn provisional(category: &str) -> Assessment {
    Assessment::Provisional(category.parse().unwrap())
}

const WEEK_8: Date = date(2025, 4, 26);

#[test]
fn sentence_37_the_first_listed_category_reached() {
    let cases = [
        (&["50"; 7][..], fixed("CR")),
        (&["50", "50", "50", "49.9", "50", "50", "50"][..], fixed("PR")),
        (&["20"; 7][..], fixed("PR")),
        (&["20", "20", "20", "19.9", "20", "20", "20"][..], fixed("NR")),
        (&["19"; 7][..], fixed("NR")),
    ];
    for (values, category) in cases {
        assert_eq!(assessed(&counts(date(2025, 4, 20), values), WEEK_8).assessment, category, "{values:?}");
    }
}

#[test]
fn sentence_37_before_its_day_it_is_provisional_or_not_yet_assessable() {
    let eve = date(2025, 4, 25);
    assert_eq!(assessed(&counts(date(2025, 4, 1), &["25"; 7]), eve).assessment, provisional("PR"));
    assert_eq!(assessed(&counts(date(2025, 4, 1), &["15"; 7]), eve).assessment, Assessment::NotYetAssessable);
}

#[test]
fn sentence_37_the_run_begins_after_allocation_and_is_complete_by_the_day() {
    assert_eq!(assessed(&counts(date(2025, 3, 1), &["60"; 7]), WEEK_8).assessment, Assessment::NotAssessable);
    assert_eq!(assessed(&counts(date(2025, 3, 2), &["60"; 7]), WEEK_8).assessment, fixed("CR"));
    let late = counts(date(2025, 4, 21), &["60"; 7]);
    assert_eq!(assessed(&late, date(2025, 5, 30)).assessment, fixed("NR"), "complete a day too late");
}

#[test]
fn sentence_37_a_response_that_was_lost_is_reported_beside_it() {
    let mut chart = counts(date(2025, 3, 10), &["60"; 7]);
    for place in 20..=26 {
        chart.facts.record(fact("platelets"), measured("25", "e9/L"), Stamp::Day(date(2025, 4, place)));
    }
    let told = assessed(&chart, WEEK_8);
    assert_eq!((told.assessment, told.standing), (fixed("CR"), Some("PR".parse().unwrap())));
    assert_eq!(told.proof.len(), 7);
}

#[test]
fn sentence_37_otherwise_is_not_given_without_a_value_in_the_last_week() {
    assert_eq!(assessed(&counts(date(2025, 4, 18), &["10"]), WEEK_8).assessment, Assessment::NotAssessable);
    assert_eq!(assessed(&counts(date(2025, 4, 19), &["10"]), WEEK_8).assessment, fixed("NR"));
}

#[test]
fn a_transfused_run_does_not_respond() {
    let mut chart = counts(date(2025, 4, 20), &["60"; 7]);
    chart.happened(event("platelet-transfusion"), day("2025-04-23"));
    assert_eq!(assessed(&chart, WEEK_8).assessment, fixed("NR"));
}

#[test]
fn reading_61_leukemia_response_is_for_leukemia_and_judged_by_a_person() {
    let protocol = trial("pgf-msc");
    let response = protocol.responses.get("leukemia").unwrap();
    let attested = BTreeMap::new();
    let told = |diagnosis: Option<&str>| {
        let mut chart = chart();
        if let Some(diagnosis) = diagnosis {
            chart.facts.record(fact("diagnosis"), word(diagnosis), day("2025-01-01"));
        }
        assess(protocol, response, &Evidence::new(&chart, &attested, WEEK_8)).assessment
    };
    assert!(matches!(told(Some("AML")), Assessment::ByPerson(_)));
    assert!(matches!(told(Some("aplastic-anemia")), Assessment::NotAsked(_)));
    assert!(matches!(told(None), Assessment::Unknown(_)));
}

#[test]
fn sentence_24_a_span_needs_fitting_values_at_both_ends_and_none_a_week_apart() {
    let run = Run {
        when: parse("platelets < 50 e9/L", &trial("pgf-msc").facts).unwrap(),
        lasts: Some("2 weeks".parse().unwrap()),
        bridge_one_day: false,
        without: None,
    };
    let found = |told: &[(i8, &str)]| {
        let mut chart = chart();
        for (on, count) in told {
            chart.facts.record(fact("platelets"), measured(count, "e9/L"), Stamp::Day(date(2025, 3, *on)));
        }
        Runs::of(&chart).find(&run, None, None).map(|found| (found.first.day(), found.known.day()))
    };
    assert_eq!(found(&[(1, "40"), (8, "40"), (15, "40")]), Some((1, 15)));
    assert_eq!(found(&[(1, "40"), (8, "40"), (14, "40")]), None);
    assert_eq!(found(&[(1, "40"), (9, "40"), (15, "40")]), None, "eight days without a value");
    assert_eq!(found(&[(1, "40"), (8, "60"), (15, "40")]), None);
    assert_eq!(found(&[(1, "60"), (4, "40"), (11, "40"), (18, "40")]), Some((4, 18)));
}
