//! What rules do, and what waits for an assessment (sentences 3 to 9 and 13).

use std::collections::BTreeMap;

use super::fixtures::*;
use crate::eval::effect::{Activity, Effect, HoldKind, HoldScope};
use crate::eval::rules::{RuleVerdict, Settlement, ask_signed, derived, form_facts, judge, settle, woken_by};
use crate::eval::{Chart, Facts, Occasion, Stamp, Truth, Value};
use crate::ids::FactId;
use crate::model::{Role, Verb};

const DOSE: &str = "2025-03-01 10:00";
const LATER: &str = "2025-03-05 08:00";

fn holds(verdict: &RuleVerdict) -> Vec<(HoldScope, Vec<Activity>, HoldKind)> {
    let hold = |effect: &Effect| match effect {
        Effect::Hold(hold) => Some((hold.scope, hold.activities.iter().copied().collect(), hold.kind)),
        _ => None,
    };
    verdict.effects.iter().filter_map(hold).collect()
}

fn asked(rule: &str, given: &[(&str, Value, Stamp)]) -> RuleVerdict {
    ask_rule(trial("pgf-msc"), rule, at(LATER), &facts(given), &dosed(&[DOSE]))
}

fn grade(grade: &str) -> (&'static str, Value, Stamp) {
    ("grade", number(grade), at(LATER))
}

fn related(word_: &str) -> (&'static str, Value, Stamp) {
    ("relatedness", word(word_), Stamp::Undated)
}

#[test]
fn sentence_03_unknown_suspends_in_full_pending_assessment() {
    let verdict = asked("suspend-ventilation", &[grade("3")]);
    assert_eq!((verdict.truth, verdict.pending), (Truth::Unknown, true));
    let all = vec![Activity::Randomization, Activity::Dosing];
    assert_eq!(holds(&verdict), [(HoldScope::Trial, all, HoldKind::PendingAssessment)]);
    assert!(verdict.effects.contains(&Effect::Ask(Verb::ConveneSafetyBoard)));
    let missing: Vec<&str> = verdict.missing.iter().map(FactId::as_str).collect();
    assert_eq!(missing, ["mechanical-ventilation"]);
}

#[test]
fn sentence_03_true_only_through_unset_is_pending_too() {
    let verdict = asked("suspend-grade-4", &[grade("4")]);
    assert_eq!((verdict.truth, verdict.via_unset, verdict.pending), (Truth::True, true, true));
    assert!(holds(&verdict).iter().all(|hold| hold.2 == HoldKind::PendingAssessment));
    let judged = asked("suspend-grade-4", &[grade("4"), related("probable")]);
    assert_eq!((judged.truth, judged.pending), (Truth::True, false));
    assert_eq!(holds(&judged)[0].2, HoldKind::PendingBoardDecision);
    let unrelated = asked("suspend-grade-4", &[grade("4"), related("unlikely")]);
    assert_eq!((unrelated.truth, unrelated.fires()), (Truth::False, false));
}

#[test]
fn sentence_03_a_pending_stop_is_a_hold_on_dosing_in_the_rules_scope() {
    let pending = asked("leave-adverse", &[grade("3")]);
    assert_eq!(holds(&pending), [(HoldScope::Subject, vec![Activity::Dosing], HoldKind::PendingAssessment)]);
    let judged = asked("leave-adverse", &[grade("3"), related("possible")]);
    assert_eq!(holds(&judged), [(HoldScope::Subject, vec![Activity::Dosing], HoldKind::Permanent)]);
}

#[test]
fn reading_22_related_grade_3_holds_dosing_in_the_whole_trial_until_the_dose_is_decided() {
    let verdict = asked("reduce-dose", &[grade("3"), related("possible")]);
    assert_eq!(
        holds(&verdict),
        [(HoldScope::Trial, vec![Activity::Dosing], HoldKind::DoseReductionRequired)]
    );
    let asks = [Verb::NotifySafetyBoard, Verb::ProposeDoseReduction].map(Effect::Ask);
    assert!(asks.iter().all(|ask| verdict.effects.contains(ask)));
    assert_eq!(asked("reduce-dose", &[grade("2"), related("definite")]).truth, Truth::False);
}

#[test]
fn reading_23_death_and_ventilation_of_any_cause_suspend_grade_4_only_when_related() {
    let unrelated = |more: (&'static str, Value, Stamp)| [more, related("unrelated")];
    let ventilated = ("mechanical-ventilation", Value::Yes(true), at(LATER));
    assert_eq!(asked("suspend-ventilation", &unrelated(ventilated)).truth, Truth::True);
    assert_eq!(asked("suspend-fatal", &unrelated(grade("5"))).truth, Truth::True);
    let fatal = ("outcome", word("fatal"), at(LATER));
    assert_eq!(asked("suspend-fatal", &[fatal, grade("3"), related("unrelated")]).truth, Truth::True);
    assert_eq!(asked("suspend-grade-4", &unrelated(grade("4"))).truth, Truth::False);
}

#[test]
fn sentence_04_only_a_recorded_assessment_settles_what_is_pending() {
    let still = asked("suspend-grade-4", &[grade("4")]);
    let related_ = asked("suspend-grade-4", &[grade("4"), related("possible")]);
    let unrelated = asked("suspend-grade-4", &[grade("4"), related("unrelated")]);
    let corrected = asked("suspend-grade-4", &[grade("2")]);
    let cases = [
        (&still, true, Settlement::StaysPending),
        (&related_, true, Settlement::Final),
        (&related_, false, Settlement::StaysPending),
        (&unrelated, true, Settlement::MayRelease),
        (&unrelated, false, Settlement::StaysPending),
        (&corrected, false, Settlement::StaysPending),
    ];
    for (verdict, assessed, settlement) in cases {
        assert_eq!(settle(verdict, assessed), settlement, "{verdict:?} {assessed}");
    }
}

#[test]
fn sentence_05_only_a_signature_terminates() {
    let protocol = trial("pgf-msc");
    let rule = protocol.rule(&"terminate-risk".parse().unwrap()).unwrap();
    let unsigned = ask_signed(rule, &[]);
    assert!(!unsigned.fires() && unsigned.asks.is_some());
    assert!(!ask_signed(rule, &[Role::Sponsor, Role::Participant]).fires(), "not of its roles");
    let signed = ask_signed(rule, &[Role::Regulator]);
    let all = vec![Activity::Randomization, Activity::Dosing];
    assert_eq!(holds(&signed), [(HoldScope::Trial, all, HoldKind::Permanent)]);
}

#[test]
fn sentence_05_no_adverse_event_of_any_kind_terminates_a_trial() {
    for (name, _) in TRIALS {
        let protocol = trial(name);
        for given in [facts(&[]), facts(&[grade("5"), related("definite")])] {
            for id in ["adverse-event", "death", "relapse", "withdrawal"] {
                let (event, chart) = (event(id), dosed(&[DOSE]));
                let occasion = occasion(&event, at(LATER), &given, &chart);
                for verdict in judge(protocol, &occasion, &[], &BTreeMap::new()) {
                    let ends = |hold: &(HoldScope, Vec<Activity>, HoldKind)| {
                        hold.0 == HoldScope::Trial && hold.2 == HoldKind::Permanent
                    };
                    assert!(!holds(&verdict).iter().any(ends), "{name} {id} {}", verdict.rule);
                }
            }
        }
    }
}

#[test]
fn sentence_05_an_attested_rule_with_on_asks_and_acts_only_when_signed() {
    let protocol = trial("pgf-msc");
    let (adverse_event, none, chart) = (event("adverse-event"), Facts::new(), dosed(&[DOSE]));
    let occasion = occasion(&adverse_event, at(LATER), &none, &chart);
    let unsigned = ask_on(protocol, "infusion-reaction", &occasion, &[], &[]);
    assert_eq!((unsigned.asks.as_deref(), unsigned.fires()), (Some("Infusion reaction"), false));
    let signed = ask_on(protocol, "infusion-reaction", &occasion, &[], &[Role::Investigator]);
    assert_eq!(signed.effects.len(), 2);
    assert_eq!(signed.effects[0], Effect::Ask(Verb::TreatWith("dexamethasone".to_owned())));
}

#[test]
fn sentence_05_or_attest_is_a_second_way_in() {
    let protocol = trial("pgf-msc");
    let (adverse_event, given, chart) =
        (event("adverse-event"), facts(&[grade("1"), related("unrelated")]), dosed(&[DOSE]));
    let occasion = occasion(&adverse_event, at(LATER), &given, &chart);
    assert!(!ask_on(protocol, "leave-adverse", &occasion, &[], &[]).fires());
    let signed = ask_on(protocol, "leave-adverse", &occasion, &[], &[Role::Participant]);
    assert_eq!(holds(&signed), [(HoldScope::Subject, vec![Activity::Dosing], HoldKind::Permanent)]);
}

#[test]
fn withdrawn_consent_ends_treatment_and_study() {
    let protocol = trial("pgf-msc");
    let rule = protocol.rule(&"leave-choice".parse().unwrap()).unwrap();
    let signed = ask_signed(rule, &[Role::Participant]);
    assert!(signed.effects.contains(&Effect::WithdrawSubject));
    assert!(!ask_signed(rule, &[Role::Investigator]).fires());
}

#[test]
fn sentence_07_the_form_asks_for_what_holding_rules_name_and_nothing_counts_for() {
    let asked = form_facts(trial("pgf-msc"));
    let facts: Vec<&str> = asked.keys().map(FactId::as_str).collect();
    assert_eq!(facts, ["criterion", "grade", "mechanical-ventilation"]);
    let asked = form_facts(trial("nct01348451"));
    let facts: Vec<&str> = asked.keys().map(FactId::as_str).collect();
    assert_eq!(facts, ["grade", "origin"], "through the toxicity its rule stands on");
}

#[test]
fn sentence_08_a_derived_event_of_unknown_truth_is_unknown_and_holds() {
    let protocol = trial("nct01609283");
    let (adverse_event, chart) = (event("adverse-event"), dosed(&[DOSE]));
    let nothing = Facts::new();
    let unknown = occasion(&adverse_event, at(LATER), &nothing, &chart);
    assert_eq!(derived(protocol, &event("dlt"), &unknown).unwrap().truth, Truth::Unknown);
    let verdict = ask_on(protocol, "second-dose", &unknown, &[], &[]);
    assert_eq!(holds(&verdict), [(HoldScope::Subject, vec![Activity::Dosing], HoldKind::PendingAssessment)]);
    let given = facts(&[grade("3"), related("possible")]);
    let sure = occasion(&adverse_event, at(LATER), &given, &chart);
    assert_eq!(ask_on(protocol, "second-dose", &sure, &[], &[]).effects.len(), 1);
}

#[test]
fn reading_21_dose_limiting_toxicity() {
    let protocol = trial("pgf-msc");
    let (adverse_event, dlt) = (event("adverse-event"), event("dlt"));
    let twice = ["2025-03-01 10:00", "2025-03-08 10:00"];
    let allergic = ("nature", word("allergic"), Stamp::Undated);
    let cases = [
        (vec![grade("3"), related("possible")], &twice[..1], Truth::True),
        (vec![grade("5"), related("possible")], &twice[..1], Truth::True),
        (vec![grade("3"), related("unlikely")], &twice[..1], Truth::False),
        (vec![grade("2"), related("possible"), allergic.clone()], &twice[..1], Truth::False),
        (
            vec![("grade", number("2"), at("2025-03-10 08:00")), related("possible"), allergic],
            &twice[..],
            Truth::True,
        ),
        (vec![("grade", number("3"), at("2025-03-29 10:00")), related("possible")], &twice[..1], Truth::True),
        (
            vec![("grade", number("3"), at("2025-03-29 10:01")), related("possible")],
            &twice[..1],
            Truth::False,
        ),
    ];
    for (given, doses, truth) in cases {
        let (given, chart) = (facts(&given), dosed(doses));
        let onset = given.of(&fact("grade"))[0].at;
        let found = derived(protocol, &dlt, &occasion(&adverse_event, onset, &given, &chart)).unwrap();
        assert_eq!(found.truth, truth, "{given:?}");
    }
}

/// A subject of a cohort with a certain, possible or no dose-limiting toxicity.
fn subject(name: &str, cohort: Option<&str>) -> Chart {
    Chart { subject: name.to_owned(), cohort: cohort.map(|id| id.parse().unwrap()), ..dosed(&[DOSE]) }
}

#[test]
fn two_toxicities_in_one_cohort_pause_it() {
    let protocol = trial("nct01609283");
    let adverse_event = event("adverse-event");
    let (sure, open) = (facts(&[grade("3"), related("probable")]), facts(&[grade("3")]));
    let charts = [
        subject("P-1", Some("2")),
        subject("P-2", Some("2")),
        subject("P-3", Some("1")),
        subject("P-4", None),
    ];
    let told = |cause: &'static str, facts, chart| Occasion {
        cause,
        event: &adverse_event,
        at: at(LATER),
        truth: Truth::True,
        facts,
        chart,
    };
    let first = told("AE-1", &sure, &charts[0]);
    let cases = [
        (vec![], Truth::False, false),
        (vec![told("AE-2", &sure, &charts[1])], Truth::True, false),
        (vec![told("AE-1", &sure, &charts[0])], Truth::False, false),
        (vec![told("AE-2", &sure, &charts[2])], Truth::False, false),
        (vec![told("AE-2", &open, &charts[1])], Truth::True, true),
        (vec![told("AE-2", &sure, &charts[3])], Truth::Unknown, true),
    ];
    for (peers, truth, pending) in cases {
        let verdict = ask_on(protocol, "cohort-stop", &first, &peers, &[]);
        assert_eq!((verdict.truth, verdict.pending), (truth, pending), "{peers:?}");
        if truth == Truth::True && !pending {
            let paused = (HoldScope::Cohort, vec![Activity::FirstDose], HoldKind::PendingBoardDecision);
            assert_eq!(holds(&verdict), [paused]);
        }
    }
}

#[test]
fn sentence_09_a_late_dose_a_void_start_and_a_corrected_time_change_the_answer() {
    let protocol = trial("pgf-msc");
    let given = facts(&[("mechanical-ventilation", Value::Yes(true), at("2025-03-20 08:00"))]);
    let told = |doses: &[&str]| {
        ask_rule(protocol, "suspend-ventilation", at("2025-03-20 08:00"), &given, &dosed(doses)).truth
    };
    assert_eq!(told(&["2025-03-01 10:00"]), Truth::False);
    assert_eq!(told(&["2025-03-01 10:00", "2025-03-08 10:00"]), Truth::True, "recorded late");
    assert_eq!(told(&["2025-03-08 10:00"]), Truth::True, "the first found void");
    assert_eq!(told(&["2025-03-06 07:00"]), Truth::False, "its time corrected");
}

#[test]
fn sentence_13_doses_are_numbered_by_time_and_renumbered() {
    let mut chart = dosed(&["2025-03-08 10:00", "2025-03-01 10:00"]);
    assert_eq!(chart.doses_in_order()[0], at("2025-03-01 10:00"));
    assert_eq!(chart.dose_number_at(at("2025-03-08 09:59")), Some(1));
    assert_eq!(chart.dose_number_at(at("2025-03-08 10:00")), Some(2));
    assert_eq!(chart.dose_number_at(day("2025-03-08")), Some(2));
    assert_eq!(chart.dose_number_at(Stamp::Undated), None);
    chart.doses.push(at("2025-02-20 10:00"));
    assert_eq!(chart.dose_number_at(at("2025-03-08 09:59")), Some(2));
    assert_eq!(crate::eval::Chart::new("P", zone()).dose_number_at(Stamp::Undated), Some(0));
}

#[test]
fn sentence_43_events_wake_the_rules_on_them_and_on_what_is_derived_from_them() {
    let protocol = trial("nct01609283");
    let adverse_event = event("adverse-event");
    let woken: Vec<&str> = woken_by(protocol, &adverse_event).map(|rule| rule.id.as_str()).collect();
    assert_eq!(woken, ["second-dose", "cohort-stop"]);
    let protocol = trial("pgf-msc");
    let death = event("death");
    let woken: Vec<&str> = woken_by(protocol, &death).map(|rule| rule.id.as_str()).collect();
    assert_eq!(woken, ["suspend-death"]);
}

#[test]
fn reasons_name_facts_values_and_times() {
    let verdict = asked("suspend-grade-4", &[grade("4"), related("probable")]);
    let told = verdict.reasons.join("; ");
    for words in
        ["grade is 4 (2025-03-05 08:00:00+08:00)", "relatedness is probable", "within 2 weeks after dose 1"]
    {
        assert!(told.contains(words), "{words} in {told}");
    }
}
