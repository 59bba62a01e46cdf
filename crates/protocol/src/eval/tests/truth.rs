//! Kleene truth, and empty fields (sentence 1).

use proptest::prelude::*;

use super::fixtures::*;
use crate::condition::parse;
use crate::eval::condition::truth;
use crate::eval::{Answer, Chart, Pick, Truth, ask};
use crate::ids::FactId;

const ALL: [Truth; 3] = [Truth::False, Truth::Unknown, Truth::True];

#[test]
fn kleene_laws() {
    for a in ALL {
        assert_eq!(!!a, a);
        assert_eq!(a.and(Truth::True), a);
        assert_eq!(a.or(Truth::False), a);
        assert_eq!(a.and(Truth::False), Truth::False);
        assert_eq!(a.or(Truth::True), Truth::True);
        for b in ALL {
            assert_eq!(a.and(b), b.and(a));
            assert_eq!(!(a.and(b)), (!a).or(!b));
            for c in ALL {
                assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                assert_eq!(a.and(b).and(c), a.and(b.and(c)));
            }
        }
    }
    assert_eq!(Truth::Unknown.and(!Truth::Unknown), Truth::Unknown);
}

fn asked(text: &str, chart: &Chart) -> Answer {
    let protocol = trial("pgf-msc");
    let mut scope = protocol.facts.clone();
    scope.extend(protocol.adverse_event_facts.clone());
    let condition = parse(text, &scope).unwrap();
    let then = chart.at(instant("2025-06-01 12:00"), Pick::Worst);
    let answer = ask(&condition, &then);
    assert_eq!(truth(&condition, &then), answer.truth, "without its reasons: {text}");
    answer
}

#[test]
fn sentence_01_an_empty_field_is_unknown_unless_it_counts_as_something() {
    let empty = chart();
    let cases = [
        ("kps > 60", Truth::Unknown),
        ("not kps > 60", Truth::Unknown),
        ("relatedness >= possible", Truth::True),
        ("relatedness >= probable", Truth::False),
        ("outcome = recovered", Truth::False),
        ("criterion = death", Truth::False),
        ("criterion != death", Truth::True),
        ("criterion in [death, life-threatening]", Truth::False),
        ("kps > 60 and criterion = death", Truth::False),
        ("kps > 60 or criterion != death", Truth::True),
    ];
    for (text, truth) in cases {
        assert_eq!(asked(text, &empty).truth, truth, "{text}");
    }
}

#[test]
fn sentence_01_true_only_through_unset_is_marked() {
    let empty = chart();
    assert!(asked("relatedness >= possible", &empty).via_unset());
    assert!(!asked("relatedness >= possible or criterion != death", &empty).via_unset());
    assert!(asked("relatedness >= possible and criterion != death", &empty).via_unset());
    assert!(!asked("relatedness >= probable", &empty).via_unset(), "false is not true through unset");
    assert!(asked("not outcome = recovered", &empty).via_unset());
}

#[test]
fn sentence_01_the_missing_facts_are_named_and_only_those_that_matter() {
    let mut chart = chart();
    chart.facts.record(fact("kps"), number("50"), day("2025-05-01"));
    let settled = asked("kps > 60 and in-other-trial", &chart);
    assert_eq!((settled.truth, settled.missing.len()), (Truth::False, 0));
    assert_eq!(settled.reasons, ["kps is 50 (2025-05-01), asked kps > 60"]);
    let open = asked("kps > 60 or in-other-trial", &chart);
    let missing: Vec<&str> = open.missing.iter().map(FactId::as_str).collect();
    assert_eq!((open.truth, missing), (Truth::Unknown, vec!["in-other-trial"]));
}

#[test]
fn sentence_01_what_is_no_value_of_a_fact_leaves_it_unknown() {
    for value in
        [number("65"), number("110"), measured("70", "%"), word("good"), crate::eval::Value::Yes(true)]
    {
        let mut chart = chart();
        chart.facts.record(fact("kps"), value.clone(), day("2025-05-01"));
        assert_eq!(asked("kps > 60", &chart).truth, Truth::Unknown, "{value}");
    }
}

#[test]
fn a_platelet_count_in_another_unit_is_not_compared() {
    let mut chart = chart();
    chart.facts.record(fact("platelets"), measured("30000", "/uL"), day("2025-05-01"));
    assert_eq!(asked("platelets > 20 e9/L", &chart).truth, Truth::Unknown);
}

#[test]
fn a_later_value_is_not_seen_earlier() {
    let mut chart = chart();
    chart.facts.record(fact("kps"), number("80"), at("2025-06-01 12:00:00.000001"));
    assert_eq!(asked("kps > 60", &chart).truth, Truth::Unknown, "it was not known then");
    chart.facts.record(fact("kps"), number("70"), at("2025-06-01 12:00"));
    assert_eq!(asked("kps > 60", &chart).truth, Truth::True);
}

#[test]
fn age_is_completed_years_and_no_reason_tells_the_birthday() {
    let cases = [("1964-06-01", Truth::False, "61st birthday"), ("1964-06-02", Truth::True, "its eve")];
    for (birth, truth, why) in cases {
        let mut chart = chart();
        chart.happened(event("birth"), day(birth));
        let answer = asked("age in 18..60 years", &chart);
        assert_eq!(answer.truth, truth, "{why}");
        assert!(answer.reasons.iter().all(|reason| !reason.contains(birth)), "{:?}", answer.reasons);
    }
    let mut leap = chart();
    leap.happened(event("birth"), day("2004-02-29"));
    assert_eq!(asked("age >= 21 years", &leap).truth, Truth::True);
}

#[test]
fn body_surface_is_reckoned_from_weight_and_height() {
    let mut chart = chart();
    chart.facts.record(fact("weight"), measured("70", "kg"), day("2025-05-01"));
    assert_eq!(asked("surface-area > 1 m2", &chart).truth, Truth::Unknown);
    chart.facts.record(fact("height"), measured("170", "cm"), day("2025-05-01"));
    assert_eq!(asked("surface-area = 1.818119 m2", &chart).truth, Truth::True, "root of 119/36");
    chart.facts.record(fact("height"), measured("0", "cm"), day("2025-05-02"));
    assert_eq!(asked("surface-area > 1 m2", &chart).truth, Truth::Unknown);
}

#[test]
fn elapsed_facts_compare_on_the_calendar() {
    let protocol = trial("nct01494480");
    let condition =
        parse("disease-duration > 6 months and disease-duration < 36 months", &protocol.facts).unwrap();
    for (since, truth) in [
        ("2024-12-01", Truth::False),
        ("2024-11-30", Truth::True),
        ("2022-06-02", Truth::True),
        ("2022-06-01", Truth::False),
    ] {
        let mut chart = chart();
        chart.happened(event("symptom-onset"), day(since));
        let answer = ask(&condition, &chart.at(instant("2025-06-01 12:00"), Pick::Worst));
        assert_eq!(answer.truth, truth, "{since}");
    }
}

proptest! {
    /// More knowledge never turns a known truth round: unknown may become known, nothing else changes.
    #[test]
    fn knowing_more_only_settles(kps in 0_u32..=10, other in any::<bool>(), text in 0_usize..5) {
        let text = ["kps > 60 and in-other-trial", "kps > 60 or in-other-trial", "not (kps > 60 and not in-other-trial)",
            "not kps > 60 or in-other-trial", "kps >= 50 and (in-other-trial or kps < 80)"][text];
        let less = chart();
        let mut some = chart();
        some.facts.record(fact("kps"), number(&(kps * 10).to_string()), day("2025-05-01"));
        let mut all = some.clone();
        all.facts.record(fact("in-other-trial"), crate::eval::Value::Yes(other), day("2025-05-01"));
        let truths = [asked(text, &less).truth, asked(text, &some).truth, asked(text, &all).truth];
        for pair in truths.windows(2) {
            prop_assert!(pair[0] == Truth::Unknown || pair[0] == pair[1]);
        }
        prop_assert_ne!(truths[2], Truth::Unknown);
    }
}
