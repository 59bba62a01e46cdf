//! Cohorts one after the other, and first doses apart (sentence 41); what wakes what (sentence 43).

use std::collections::BTreeMap;

use super::fixtures::*;
use crate::Protocol;
use crate::eval::Truth;
use crate::eval::escalation::{
    Level, Progress, Treated, deciders, earliest_first_dose, first_dose, lacks, level, places,
};
use crate::eval::subscriptions::subscriptions;
use crate::model::{EscalationRule, Role};

const NOW: &str = "2025-06-01 12:00";

fn treated(completed: Option<&str>, toxicity: Truth) -> Treated {
    Treated { completed: completed.map(instant), toxicity }
}

fn done() -> Treated {
    treated(Some("2025-04-01 10:00"), Truth::False)
}

fn toxic() -> Treated {
    treated(Some("2025-04-01 10:00"), Truth::True)
}

fn stands(protocol: &Protocol, rule: EscalationRule, first: &[Treated], decided: &[Role]) -> Level {
    let mut escalation = protocol.escalation.clone().unwrap();
    escalation.rule = rule;
    let (one, two) = (escalation.order[0].clone(), escalation.order[1].clone());
    let progress = Progress {
        treated: [(one, first.to_vec())].into(),
        decided: BTreeMap::from([(two, decided.iter().copied().collect())]),
    };
    level(&escalation, &protocol.cohorts, &progress, instant(NOW), &zone())
}

fn open(cohort: &str) -> Level {
    Level::Open(cohort.parse().unwrap())
}

#[test]
fn sentence_41_sequential_opens_the_next_after_three_are_done_and_observed() {
    let protocol = trial("nct01609283");
    let at = |treated: &[Treated], decided: &[Role]| {
        stands(protocol, EscalationRule::Sequential, treated, decided)
    };
    let board = [Role::SafetyBoard];
    assert_eq!(at(&[], &[]), open("1"));
    assert_eq!(at(&[done(); 2], &board), open("1"));
    assert_eq!(at(&[done(); 3], &board), open("2"));
    assert!(matches!(at(&[done(); 3], &[]), Level::Deciding { .. }), "the board decides");
    let fresh = treated(Some("2025-05-01 12:01"), Truth::False);
    assert_eq!(at(&[done(), done(), fresh], &board), open("1"), "the third is observed a minute too short");
    let month = treated(Some("2025-05-01 12:00"), Truth::False);
    assert_eq!(at(&[done(), done(), month], &board), open("2"));
    assert!(matches!(at(&[done(), done(), done(), toxic(), done()], &board), Level::Observing { .. }));
    let unjudged = treated(Some("2025-04-01 10:00"), Truth::Unknown);
    assert!(matches!(at(&[done(), done(), done(), done(), unjudged], &board), Level::Observing { .. }));
}

#[test]
fn sentence_41_three_plus_three() {
    let protocol = trial("nct01609283");
    let board = [Role::SafetyBoard];
    let at = |treated: &[Treated]| stands(protocol, EscalationRule::ThreePlusThree, treated, &board);
    assert_eq!(at(&[done(); 2]), open("1"));
    assert_eq!(at(&[done(); 3]), open("2"), "0 of 3 up");
    assert_eq!(at(&[done(), done(), toxic()]), open("1"), "1 of 3: to six");
    let six = |toxic_: usize| {
        let mut all = vec![done(); 6 - toxic_];
        all.extend(vec![toxic(); toxic_]);
        at(&all)
    };
    assert_eq!(six(1), open("2"), "1 of 6 up");
    assert_eq!(six(2), Level::Stopped { at: "1".parse().unwrap(), tolerated: None }, "2 of 6 stop");
    assert!(matches!(at(&[toxic(), toxic(), done()]), Level::Stopped { .. }));
    let running = treated(None, Truth::False);
    assert!(matches!(at(&[done(), done(), running]), Level::Observing { .. }));
    let unjudged = treated(Some("2025-04-01 10:00"), Truth::Unknown);
    assert!(matches!(at(&[done(), toxic(), unjudged]), Level::Observing { .. }), "unknown toxicity waits");
}

#[test]
fn sentence_41_a_gate_waits_for_its_own_decider() {
    let protocol = trial("nct01348451");
    let escalation = protocol.escalation.as_ref().unwrap();
    let all = |cohorts: &[&str]| cohorts.iter().map(|id| (id.parse().unwrap(), vec![done(); 3])).collect();
    let board = |cohorts: &[&str]| {
        cohorts.iter().map(|id| (id.parse().unwrap(), [Role::SafetyBoard].into())).collect()
    };
    let progress = Progress { treated: all(&["A1", "A2", "B", "C"]), decided: board(&["A2", "B", "C", "D"]) };
    let stands = level(escalation, &protocol.cohorts, &progress, instant(NOW), &zone());
    assert_eq!(stands, Level::Deciding { next: "D".parse().unwrap(), roles: vec![Role::Regulator] });
}

#[test]
fn sentence_41_no_first_dose_inside_the_gap_or_in_a_closed_cohort() {
    let protocol = trial("nct01609283");
    let stagger = protocol.stagger.as_ref();
    let one = "1".parse().unwrap();
    let other = [instant("2025-05-20 10:00")];
    let told =
        |level: &Level, at: &str| first_dose(stagger, Some(level), Some(&one), &other, instant(at), &zone());
    assert!(told(&open("1"), "2025-05-27 09:59:59.999999").is_err());
    assert!(told(&open("1"), "2025-05-27 10:00").is_ok());
    assert!(told(&open("1"), "2025-05-13 10:00").is_ok());
    assert!(told(&open("1"), "2025-05-13 10:00:00.000001").is_err());
    assert!(told(&open("2"), "2025-06-27 10:00").is_err());
    assert!(first_dose(stagger, Some(&open("1")), None, &[], instant(NOW), &zone()).is_err());
    assert!(first_dose(None, None, None, &other, other[0], &zone()).is_ok(), "a trial without cohorts");
}

#[test]
fn sentence_41_says_what_a_cohort_lacks_and_from_when_on_it_will_not() {
    let protocol = trial("nct01609283");
    let escalation = protocol.escalation.as_ref().unwrap();
    let one = "1".parse().unwrap();
    let of = |treated: &[Treated]| {
        let progress = Progress {
            treated: BTreeMap::from([("1".parse().unwrap(), treated.to_vec())]),
            ..Progress::default()
        };
        lacks(escalation, &protocol.cohorts, &progress, &one, instant(NOW), &zone())
    };
    assert!(of(&[done(); 3]).words.is_empty());
    let fresh = treated(Some("2025-05-20 10:00"), Truth::False);
    let waiting = of(&[done(), done(), fresh]);
    assert_eq!(waiting.words, ["2 of 3 subjects of cohort 1 are done and observed for 1 month"]);
    assert_eq!(waiting.earliest, Some(instant("2025-06-20 10:00")));
    assert_eq!(of(&[done(), done()]).earliest, None, "a third must be treated first");
    let toxic = of(&[done(), done(), toxic(), treated(Some("2025-04-01 10:00"), Truth::Unknown)]);
    assert_eq!(toxic.words, ["cohort 1: 1 with dlt", "cohort 1: 1 possibly with dlt"]);
}

#[test]
fn sentence_41_a_cohort_has_its_size_in_places_and_three_then_six_in_a_three_plus_three() {
    let protocol = trial("nct01609283");
    let mut escalation = protocol.escalation.clone().unwrap();
    let one = "1".parse().unwrap();
    let progress = |all: &[Treated]| Progress {
        treated: BTreeMap::from([("1".parse().unwrap(), all.to_vec())]),
        ..Progress::default()
    };
    assert_eq!(places(Some(&escalation), &protocol.cohorts, &progress(&[]), &one), Some(5));
    assert_eq!(places(None, &protocol.cohorts, &progress(&[]), &one), Some(5));
    escalation.rule = EscalationRule::ThreePlusThree;
    assert_eq!(places(Some(&escalation), &protocol.cohorts, &progress(&[done(); 3]), &one), Some(3));
    let mut wide = protocol.cohorts.clone();
    wide.insert(
        "1".parse().unwrap(),
        crate::model::Cohort { size: None, ..protocol.cohorts.get("1").unwrap().clone() },
    );
    assert_eq!(places(Some(&escalation), &wide, &progress(&[done(), toxic()]), &one), Some(6));
}

#[test]
fn sentence_41_a_gate_adds_its_decider_to_its_own_cohort_only() {
    let escalation = trial("nct01348451").escalation.as_ref().unwrap();
    let all = |cohort: &str| deciders(escalation, &cohort.parse().unwrap()).into_iter().collect::<Vec<_>>();
    assert_eq!(all("C"), [Role::SafetyBoard]);
    assert_eq!(all("D"), [Role::Regulator, Role::SafetyBoard]);
}

#[test]
fn sentence_41_the_next_first_dose_is_a_gap_after_the_last() {
    let stagger = trial("nct01609283").stagger.as_ref();
    let given = [instant("2025-05-20 10:00"), instant("2025-05-12 10:00")];
    assert_eq!(earliest_first_dose(stagger, &given, &zone()), Some(instant("2025-05-27 10:00")));
    assert_eq!(earliest_first_dose(stagger, &[], &zone()), None);
    assert_eq!(earliest_first_dose(None, &given, &zone()), None);
}

#[test]
fn sentence_43_the_protocol_yields_what_to_subscribe_to() {
    let woken = subscriptions(trial("pgf-msc"));
    let adverse_event = woken.get("adverse-event").unwrap();
    assert!(adverse_event.rules.contains("suspend-grade-4"));
    assert!(adverse_event.reports.contains("serious"));
    assert!(adverse_event.events.contains("dlt"));
    assert!(woken.get("death").unwrap().rules.contains("suspend-death"));
    let results = woken.get("lab-result").unwrap();
    for id in ["cytopenia", "pgf", "reconstitution", "hematologic-response"] {
        assert!(results.events.contains(id), "{id}");
    }
    assert!(woken.get("platelet-transfusion").unwrap().events.contains("platelet-engraftment"));
    let woken = subscriptions(trial("nct01609283"));
    assert!(woken.get("adverse-event").unwrap().rules.contains("cohort-stop"), "through the toxicity");
}
