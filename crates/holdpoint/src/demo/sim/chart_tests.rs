//! Every trial of the house: a chart made to be eligible is, and one made to fail fails by its criterion.

use std::collections::BTreeMap;

use holdpoint_clinical::Quantity;
use holdpoint_protocol::eval::eligibility::{Candidate, assess};
use holdpoint_protocol::eval::{self, Stamp, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::*;
use crate::trial_file;

const SCREENED: Date = Date::constant(2026, 3, 2);

fn value(protocol: &Protocol, fact: &FactId, drawn: &Drawn) -> Value {
    match drawn {
        Drawn::Number(number) => Value::Number(Quantity {
            value: *number,
            unit: protocol.facts.get(fact.as_str()).unwrap().unit.clone(),
        }),
        Drawn::Yes(yes) => Value::Yes(*yes),
        Drawn::Word(word) => Value::Word(word.parse().unwrap()),
        Drawn::Words(words) => Value::Words(words.iter().map(|word| word.parse().unwrap()).collect()),
        Drawn::Since(..) => panic!("kept as an event"),
    }
}

/// The criteria that stand in the way, on a day, with what is known by then.
fn in_the_way(protocol: &Protocol, chart: &Chart, step: CriterionStep) -> Vec<String> {
    let mut known = eval::Chart::new("P-001", TimeZone::UTC);
    let late = step == CriterionStep::Randomization;
    let facts = chart.at_screening.iter().chain(chart.at_allocation.iter().filter(|_| late));
    for (fact, drawn) in facts {
        known.facts.record(fact.clone(), value(protocol, fact, drawn), Stamp::Day(SCREENED));
    }
    for (event, days) in &chart.since {
        known.happened(event.clone(), Stamp::Day(SCREENED.checked_sub(days.days()).unwrap()));
    }
    known.happened("consent".parse().unwrap(), Stamp::Day(SCREENED));
    for event in confirmed_before_allocation(protocol) {
        known.happened(event.clone(), Stamp::Day(SCREENED.checked_add(TO_ALLOCATION_DAYS.days()).unwrap()));
    }
    let attested: BTreeMap<_, _> =
        chart.attested.iter().map(|(name, holds)| (name.parse().unwrap(), *holds)).collect();
    let on = SCREENED.checked_add(if late { TO_ALLOCATION_DAYS } else { 0 }.days()).unwrap();
    let candidate = Candidate { chart: &known, attested: &attested, documents: &chart.documents, on };
    assess(protocol, step, &candidate).unsatisfied().map(|verdict| verdict.name.to_string()).collect()
}

#[test]
fn an_eligible_chart_of_any_trial_passes_both_steps() {
    for trial in trial_file::known() {
        let protocol = trial_file::read(trial).unwrap().protocol().unwrap();
        for seed in 0..30 {
            let chart = eligible(&protocol, None, &mut Chance::of(seed, "chart")).unwrap();
            for step in [CriterionStep::Enrollment, CriterionStep::Randomization] {
                assert_eq!(
                    in_the_way(&protocol, &chart, step),
                    Vec::<String>::new(),
                    "{trial} {seed}: {chart:?}"
                );
            }
        }
    }
}

#[test]
fn a_failing_chart_fails_by_its_own_criterion_and_no_other() {
    for trial in trial_file::known() {
        let protocol = trial_file::read(trial).unwrap().protocol().unwrap();
        let mut reasons = BTreeSet::new();
        for seed in 0..60 {
            let Some(chart) = ineligible(&protocol, &mut Chance::of(seed, "chart")) else { continue };
            let fails = chart.fails.clone().unwrap();
            assert_eq!(
                in_the_way(&protocol, &chart, CriterionStep::Enrollment),
                [fails.as_str()],
                "{trial}: {chart:?}"
            );
            reasons.insert(fails);
        }
        assert!(reasons.len() >= 3, "{trial}: {reasons:?}");
    }
}
