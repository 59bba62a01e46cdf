//! Steps into a trial (sentences 2, 29 and 30).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;

use super::fixtures::*;
use crate::Protocol;
use crate::eval::eligibility::{Candidate, CriterionName, Eligibility, assess};
use crate::eval::{Chart, Truth, Value};
use crate::model::CriterionStep;

struct Papers {
    attested: BTreeMap<CriterionName, bool>,
    documents: BTreeSet<String>,
}

/// Every question answered in the subject's favor, every document there.
fn papers(protocol: &Protocol) -> Papers {
    let all = protocol.include.values().chain(protocol.exclude.values());
    let asked = all.filter(|criterion| criterion.attest.is_some());
    let attested = asked
        .map(|criterion| {
            let name = CriterionName { kind: criterion.kind, id: criterion.id.clone() };
            (name, criterion.kind.as_str() == "include")
        })
        .collect();
    Papers { attested, documents: ["informed-consent-form", "screening-form"].map(str::to_owned).into() }
}

fn suitable() -> Chart {
    let mut chart = chart();
    chart.happened(event("birth"), day("1980-05-05"));
    chart.happened(event("consent"), day("2025-01-10"));
    for (id, value) in [
        ("transplanted", Value::Yes(true)),
        ("kps", number("80")),
        ("expected-survival", measured("12", "months")),
        ("in-other-trial", Value::Yes(false)),
    ] {
        chart.facts.record(fact(id), value, day("2025-01-09"));
    }
    chart
}

fn step(protocol: &Protocol, chart: &Chart, papers: &Papers, step: CriterionStep) -> Eligibility {
    let Papers { attested, documents } = papers;
    assess(protocol, step, &Candidate { chart, attested, documents, on: date(2025, 1, 20) })
}

fn in_the_way(eligibility: &Eligibility) -> Vec<String> {
    eligibility.unsatisfied().map(|verdict| verdict.name.to_string()).collect()
}

#[test]
fn sentence_02_eligible_only_when_nothing_is_unknown() {
    let protocol = trial("pgf-msc");
    let papers = papers(protocol);
    let whole = step(protocol, &suitable(), &papers, CriterionStep::Enrollment);
    assert!(whole.eligible, "{:?}", in_the_way(&whole));
    let mut unanswered = Papers { attested: papers.attested.clone(), documents: papers.documents.clone() };
    unanswered.attested.remove(&"exclude.infection".parse().unwrap());
    let open = step(protocol, &suitable(), &unanswered, CriterionStep::Enrollment);
    assert_eq!((open.eligible, in_the_way(&open)), (false, vec!["exclude.infection".to_owned()]));
    assert_eq!(open.unsatisfied().next().unwrap().unanswered.len(), 1);
}

#[test]
fn sentence_02_unknown_lists_the_missing_facts() {
    let protocol = trial("pgf-msc");
    let mut chart = suitable();
    chart.facts = Default::default();
    let open = step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment);
    let missing: Vec<String> = open.missing().into_iter().map(ToString::to_string).collect();
    assert!(!open.eligible);
    assert_eq!(missing, ["expected-survival", "in-other-trial", "kps", "transplant-planned", "transplanted"]);
}

#[test]
fn each_number_of_the_criteria_has_two_sides() {
    let protocol = trial("pgf-msc");
    let cases: [(&str, Value, bool); 8] = [
        ("kps", number("70"), true),
        ("kps", number("60"), false),
        ("kps", number("65"), false),
        ("expected-survival", measured("3.1", "months"), true),
        ("expected-survival", measured("3", "months"), false),
        ("in-other-trial", Value::Yes(true), false),
        ("transplanted", Value::Yes(false), false),
        ("kps", measured("80", "%"), false),
    ];
    for (id, value, eligible) in cases {
        let mut chart = suitable();
        chart.facts.record(fact(id), value.clone(), day("2025-01-15"));
        chart.facts.record(fact("transplant-planned"), Value::Yes(false), day("2025-01-15"));
        let told = step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment);
        assert_eq!(told.eligible, eligible, "{id} {value}");
    }
}

#[test]
fn of_two_values_of_one_day_the_one_against_the_subject_stands() {
    let protocol = trial("pgf-msc");
    let mut chart = suitable();
    chart.facts.record(fact("kps"), number("60"), day("2025-01-15"));
    chart.facts.record(fact("kps"), number("70"), day("2025-01-15"));
    assert!(!step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment).eligible);
    let mut chart = suitable();
    chart.facts.record(fact("in-other-trial"), Value::Yes(true), day("2025-01-15"));
    chart.facts.record(fact("in-other-trial"), Value::Yes(false), day("2025-01-15"));
    assert!(!step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment).eligible);
}

#[test]
fn sentence_29_age_is_that_of_the_day_of_consent() {
    let protocol = trial("pgf-msc");
    for (birth, eligible) in
        [("1964-01-10", false), ("1964-01-11", true), ("2007-01-10", true), ("2007-01-11", false)]
    {
        let mut chart = suitable();
        chart.events.insert(event("birth"), vec![day(birth)]);
        let told = step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment);
        assert_eq!(told.eligible, eligible, "born {birth}, consent 2025-01-10, registered 2025-01-20");
    }
    let mut chart = suitable();
    chart.events.remove(&event("consent"));
    assert_eq!(
        in_the_way(&step(protocol, &chart, &papers(protocol), CriterionStep::Enrollment)),
        ["include.age"]
    );
}

#[test]
fn sentence_29_at_names_one_step() {
    let protocol = trial("pgf-msc");
    let papers = papers(protocol);
    let names = |at| {
        let told = step(protocol, &suitable(), &papers, at);
        told.criteria.iter().map(|verdict| verdict.name.to_string()).collect::<BTreeSet<_>>()
    };
    let (consent, enrollment, randomization) = (
        names(CriterionStep::Consent),
        names(CriterionStep::Enrollment),
        names(CriterionStep::Randomization),
    );
    assert_eq!(consent, ["include.age".to_owned()].into());
    let later: Vec<&String> = randomization.difference(&enrollment).collect();
    assert_eq!(later, ["exclude.graft-failure", "include.pgf"]);
    assert!(enrollment.is_subset(&randomization));
}

#[test]
fn sentence_30_nobody_is_allocated_before_the_diagnosis_is_confirmed() {
    let protocol = trial("pgf-msc");
    let papers = papers(protocol);
    let mut chart = suitable();
    let before = step(protocol, &chart, &papers, CriterionStep::Randomization);
    assert_eq!(in_the_way(&before), ["include.pgf"]);
    assert_eq!(before.unsatisfied().next().unwrap().event, Some(event("pgf")));
    chart.happened(event("pgf"), day("2025-01-19"));
    assert!(step(protocol, &chart, &papers, CriterionStep::Randomization).eligible);
}

#[test]
fn a_document_or_a_second_way_in() {
    let protocol = trial("nct02881489");
    let mut papers = papers(protocol);
    let mut chart = chart();
    chart.happened(event("als-diagnosis"), day("2024-06-01"));
    chart.happened(event("symptom-onset"), day("2024-01-01"));
    for (id, value) in [
        ("als-certainty", word("definite")),
        ("fvc", measured("45", "%")),
        ("ventilator-dependent", Value::Yes(false)),
        ("pregnant", Value::Yes(false)),
        ("breast-feeding", Value::Yes(false)),
    ] {
        chart.facts.record(fact(id), value, day("2025-01-09"));
    }
    let told = step(protocol, &chart, &papers, CriterionStep::Enrollment);
    assert_eq!(in_the_way(&told), ["include.breathing"]);
    assert_eq!(told.unsatisfied().next().unwrap().truth, Truth::Unknown, "nobody asked for the certificate");
    papers.attested.insert("include.breathing".parse().unwrap(), true);
    assert!(step(protocol, &chart, &papers, CriterionStep::Enrollment).eligible);
    papers.documents.remove("informed-consent-form");
    let told = step(protocol, &chart, &papers, CriterionStep::Enrollment);
    assert_eq!(in_the_way(&told), ["include.consent"]);
    assert_eq!(told.unsatisfied().next().unwrap().documents, ["informed-consent-form"]);
}

proptest! {
    /// Whatever is taken away from what is known of a suitable subject, nobody becomes eligible by it.
    #[test]
    fn unknown_never_makes_eligible(drop_fact in 0_usize..5, drop_answer in 0_usize..20) {
        let protocol = trial("pgf-msc");
        let mut papers = papers(protocol);
        let mut chart = suitable();
        chart.happened(event("pgf"), day("2025-01-19"));
        let ids: Vec<_> = chart.facts.iter().map(|(id, _)| id.clone()).collect();
        let mut less = crate::eval::Facts::new();
        for (place, id) in ids.iter().enumerate().filter(|(place, _)| *place != drop_fact) {
            let _ = place;
            for observed in chart.facts.of(id) {
                less.record(id.clone(), observed.value.clone(), observed.at);
            }
        }
        chart.facts = less;
        let names: Vec<_> = papers.attested.keys().cloned().collect();
        if let Some(name) = names.get(drop_answer) {
            papers.attested.remove(name);
        }
        let whole = drop_fact >= ids.len() && drop_answer >= names.len();
        prop_assert_eq!(step(protocol, &chart, &papers, CriterionStep::Randomization).eligible, whole);
    }
}
