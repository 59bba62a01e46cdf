//! Groups one after the other and first doses apart: judged in the permit's own transaction (protocols README, sentence 41;
//! field.md section 3, stories 3 and 45).

use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_journal::Chain;

use crate::support::{Escalating, House, code, number, word};

on_both!(
    the_first_cohort_is_open_and_the_next_waits_for_board_and_observation,
    two_grade_3_in_a_cohort_block_the_next_without_a_person_noticing,
    story_45_two_first_subjects_in_the_same_second_exactly_one_succeeds,
    a_gap_frees_when_it_is_over_or_the_start_is_void,
    a_full_cohort_takes_nobody,
    an_allocation_or_dose_without_a_cohort_is_refused,
    a_gate_waits_for_its_own_decider,
    a_dose_that_nobody_told_of_frees_no_cohort,
    an_event_amended_three_times_counts_once,
);

const MAYO: &str = "nct01609283";

async fn the_first_cohort_is_open_and_the_next_waits_for_board_and_observation(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    assert_eq!((mayo.stands().await.level.as_str(), mayo.stands().await.cohort.as_str()), ("open", "1"));
    let early = mayo.ask_allocation("S-9", "2").await.unwrap_err();
    assert_eq!(code(&early), "SAF-0029");
    assert!(early.message().contains("cohort 2 is not open"), "{early}");
    for subject in ["S-1", "S-2", "S-3"] {
        mayo.allocate(subject, "1").await;
        mayo.dose(subject, "1").await;
        mayo.pass(7);
    }
    let early = mayo.decide("2", "").await.unwrap_err();
    assert_eq!(code(&early), "SAF-0031");
    assert!(
        early.message().contains("0 of 3 subjects of cohort 1 are done and observed for 1 month"),
        "{early}"
    );
    let fields = holdpoint_chassis::error::detail_of(&early).unwrap().fields;
    assert!(
        fields.iter().any(|field| field.field == "at" && field.allowed.contains("2026-04-15")),
        "{fields:?}"
    );
    mayo.pass(23);
    let waiting = mayo.decide("2", "").await.unwrap_err();
    assert!(waiting.message().contains("2 of 3"), "{waiting}");
    mayo.pass(1);
    assert_eq!(mayo.stands().await.level, "deciding");
    assert_eq!(code(&mayo.ask_allocation("S-9", "2").await.unwrap_err()), "SAF-0029");
    let skipped = mayo.decide("3", "").await.unwrap_err();
    assert!(skipped.message().contains("cohort 2 opens before cohort 3"), "{skipped}");
    let decided = mayo.decide("2", "").await.unwrap();
    assert!(decided.opened && decided.undecided.is_empty());
    assert_eq!(mayo.stands().await.cohort, "2");
    mayo.allocate("S-4", "2").await;
    mayo.dose("S-4", "2").await;
    assert_eq!(
        code(&mayo.ask_allocation("S-5", "1").await.unwrap_err()),
        "SAF-0029",
        "the lower one is done"
    );
    assert!(opened(&mayo).await, "the others hear of it");
}

async fn opened(mayo: &Escalating) -> bool {
    let rows = mayo.house.alerts_of(mayo.trial).await;
    let head = mayo.house.store.head(&Chain::trial(mayo.trial)).await.unwrap();
    rows.iter().any(|alert| alert.kind == "cohort-opened") && head.number > 0
}

fn toxicity(since: &str) -> Vec<pb::AdverseEventFact> {
    vec![number("grade", 3, since), word("relatedness", "probable")]
}

async fn two_grade_3_in_a_cohort_block_the_next_without_a_person_noticing(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    let subjects = mayo.fill("1").await;
    assert_eq!(mayo.stands().await.level, "deciding", "but for the toxicities");
    mayo.report(&subjects[0], toxicity("2026-03-05T10:00:00Z")).await;
    let one = mayo.decide("2", "").await.unwrap_err();
    assert!(one.message().contains("cohort 1: 1 with dlt"), "{one}");
    let second = mayo.report(&subjects[1], toxicity("2026-03-12T10:00:00Z")).await;
    let rules: Vec<_> = second.holds.iter().map(|hold| hold.rule.as_str()).collect();
    assert!(rules.contains(&"cohort-stop"), "{rules:?}");
    let refused = mayo.decide("2", "").await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0031");
    assert!(refused.message().contains("cohort 1: 2 with dlt"), "{refused}");
    for cohort in ["1", "2"] {
        let refused = mayo.ask_allocation("S-9", cohort).await;
        assert!(cohort == "1" || refused.is_err(), "{refused:?}");
    }
    assert!(mayo.ask_first(&subjects[2], "2").await.is_err());
}

/// Again and again, each time after the line of the one that succeeded was never opened.
async fn story_45_two_first_subjects_in_the_same_second_exactly_one_succeeds(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    mayo.allocate("S-1", "1").await;
    mayo.allocate("S-2", "1").await;
    for round in 1..=6 {
        let (one, two) = tokio::join!(mayo.ask_first("S-1", "1"), mayo.ask_first("S-2", "1"));
        assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "round {round}: {one:?} {two:?}");
        let (started, other) = if one.is_ok() { ("S-1", "S-2") } else { ("S-2", "S-1") };
        let refused = one.as_ref().err().or(two.as_ref().err()).unwrap();
        assert_eq!(code(refused), "SAF-0030");
        let fields = holdpoint_chassis::error::detail_of(refused).unwrap().fields;
        assert!(fields.iter().any(|field| field.allowed == "2026-03-08T10:00:00Z or later"), "{fields:?}");
        assert_eq!(code(&mayo.ask_first(other, "1").await.unwrap_err()), "SAF-0030", "nor a moment later");
        let permit = one.or(two).unwrap().permit;
        mayo.dosing.voided(started, 1, &permit, false).await;
    }
}

async fn a_gap_frees_when_it_is_over_or_the_start_is_void(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    for subject in ["S-1", "S-2", "S-3"] {
        mayo.allocate(subject, "1").await;
    }
    let permit = mayo.ask_first("S-1", "1").await.unwrap().permit;
    assert_eq!(code(&mayo.ask_first("S-2", "1").await.unwrap_err()), "SAF-0030", "permitted and unsettled");
    mayo.dosing.voided("S-1", 1, &permit, false).await;
    mayo.dose("S-2", "1").await;
    let almost = std::time::Duration::from_secs(7 * 86_400 - 1);
    mayo.house.civil.advance(almost);
    assert_eq!(code(&mayo.ask_first("S-3", "1").await.unwrap_err()), "SAF-0030");
    mayo.house.civil.advance(std::time::Duration::from_secs(1));
    assert!(mayo.ask_first("S-3", "1").await.is_ok());
}

async fn a_full_cohort_takes_nobody(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    for subject in ["S-1", "S-2", "S-3", "S-4"] {
        mayo.allocate(subject, "1").await;
    }
    let (one, two) = tokio::join!(mayo.ask_allocation("S-5", "1"), mayo.ask_allocation("S-6", "1"));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "one place was left: {one:?} {two:?}");
    let refused = one.err().or(two.err()).unwrap();
    assert_eq!(code(&refused), "SAF-0029");
    assert!(refused.message().contains("cohort 1 is full: 5 of 5"), "{refused}");
    mayo.enrollment.died("S-1", "m1", "2026-03-01T09:00:00Z").await;
    assert!(mayo.ask_allocation("S-7", "1").await.is_ok(), "who will never be begun holds no place");
}

async fn an_allocation_or_dose_without_a_cohort_is_refused(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    assert_eq!(code(&mayo.ask_allocation("S-1", "").await.unwrap_err()), "SAF-0029");
    assert_eq!(code(&mayo.ask_allocation("S-1", "9").await.unwrap_err()), "SAF-0029");
    assert_eq!(code(&mayo.ask_first("S-1", "").await.unwrap_err()), "SAF-0029");
    mayo.allocate("S-2", "1").await;
    assert_eq!(code(&mayo.ask_first("S-2", "2").await.unwrap_err()), "SAF-0029", "the two views disagree");
}

async fn a_gate_waits_for_its_own_decider(house: House) {
    let emory = Escalating::open(house, "nct01348451").await;
    for (cohort, next) in [("A1", "A2"), ("A2", "B"), ("B", "C")] {
        emory.fill(cohort).await;
        assert!(emory.decide(next, "").await.unwrap().opened);
    }
    emory.fill("C").await;
    let half = emory.decide("D", "safety-board").await.unwrap();
    assert!(!half.opened);
    assert_eq!(half.undecided, ["regulator"]);
    assert_eq!(code(&emory.ask_allocation("S-9", "D").await.unwrap_err()), "SAF-0029");
    assert_eq!(code(&emory.decide("D", "sponsor").await.unwrap_err()), "SAF-0031");
    assert!(emory.decide("D", "regulator").await.unwrap().opened);
    assert!(emory.ask_allocation("S-9", "D").await.is_ok());
}

async fn a_dose_that_nobody_told_of_frees_no_cohort(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    for subject in ["S-1", "S-2"] {
        mayo.allocate(subject, "1").await;
        mayo.dose(subject, "1").await;
        mayo.pass(7);
    }
    mayo.allocate("S-3", "1").await;
    mayo.ask_first("S-3", "1").await.unwrap();
    mayo.pass(40);
    let refused = mayo.decide("2", "").await.unwrap_err();
    assert!(refused.message().contains("2 of 3"), "permitted is not given: {refused}");
}

async fn an_event_amended_three_times_counts_once(house: House) {
    let mayo = Escalating::open(house, MAYO).await;
    mayo.allocate("S-1", "1").await;
    mayo.dose("S-1", "1").await;
    let first = mayo.report("S-1", toxicity("2026-03-02T10:00:00Z")).await;
    let at_first = mayo.holds().await.len();
    for grade in [4, 3, 4] {
        let request = pb::UpdateAdverseEventRequest {
            act: mayo.house.act(""),
            trial: mayo.trial.to_owned(),
            adverse_event: first.adverse_event.clone(),
            facts: vec![number("grade", grade, "2026-03-02T10:00:00Z")],
            ..Default::default()
        };
        let rpcs = mayo.house.service.rpcs();
        rpcs.update_adverse_event(mayo.house.by("ines", request)).await.unwrap();
    }
    let holds = mayo.holds().await;
    assert!(holds.iter().all(|hold| hold.rule != "cohort-stop"), "one event is one: {holds:?}");
    assert_eq!(holds.len(), at_first, "and what it placed stands once");
    let downgraded = pb::AssessAdverseEventRequest {
        act: mayo.house.act("seen again"),
        trial: mayo.trial.to_owned(),
        adverse_event: first.adverse_event,
        facts: vec![number("grade", 1, "2026-03-02T10:00:00Z"), word("relatedness", "unrelated")],
    };
    mayo.house.service.rpcs().assess_adverse_event(mayo.house.by("ines", downgraded)).await.unwrap();
    let after = mayo.holds().await;
    assert!(after.iter().all(|hold| hold.state != "released"), "nothing opens by itself: {after:?}");
    assert_eq!(after.len(), at_first);
}
