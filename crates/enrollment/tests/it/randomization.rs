//! Allocation under a permit: each place once, in order; a hold stops it; an answer is never repeated.

use std::collections::BTreeMap;
use std::time::Duration;

use holdpoint_api::enrollment::v1 as pb;
use holdpoint_enrollment::domain::ids::{ArmId, SubjectId};
use holdpoint_enrollment::domain::list::RandomizationList;
use holdpoint_enrollment::domain::place::Slot;
use holdpoint_enrollment::domain::places::Places;
use holdpoint_enrollment::domain::subject::Subject;

use crate::house::{House, TRIAL, on_both_databases};
use crate::person::{Answer, code};
use crate::safety::{LIFE_MS, Mood};

on_both_databases!(
    story_12_at_the_end_of_the_list_the_next_is_refused_and_people_were_told,
    fifty_at_once_get_a_place_each_as_the_seed_says,
    story_15_a_hold_between_page_and_click_refuses,
    a_silent_safety_allocates_nobody,
    the_same_attempt_is_aborted,
    a_void_keeps_the_place,
    an_answer_after_the_life_is_not_given,
    story_13_a_withdrawn_subject_shifts_nobody,
    an_acknowledged_allocation_answers_its_record,
    an_allocation_by_another_subject_s_permit_is_refused,
);

/// Whose place it is, where, and the arm that was shown.
async fn shown(house: &House) -> (RandomizationList, Vec<(SubjectId, Slot, ArmId)>) {
    let places = house.store.get::<Places>(TRIAL).await.unwrap().unwrap().value;
    let Places::List(list) = places else { panic!("the trial draws from a list") };
    let subjects = house.store.find::<Subject>(&[("trial", TRIAL)]).await.unwrap();
    let shown = subjects.iter().filter_map(|subject| {
        let shown = subject.shown()?;
        Some((subject.id.clone(), shown.slot.clone(), shown.arm.clone()))
    });
    (list, shown.collect())
}

async fn replays(house: &House) {
    let (list, shown) = shown(house).await;
    list.verify(shown.iter().map(|(subject, slot, arm)| (subject, slot, arm))).unwrap();
}

async fn story_12_at_the_end_of_the_list_the_next_is_refused_and_people_were_told(house: House) {
    let gao = house.small_trial().await;
    let mut arms = BTreeMap::new();
    for n in 1..=69 {
        let subject = format!("P-{n:03}");
        gao.ready(&subject).await;
        match gao.allocate(&subject).await {
            Ok(arm) => *arms.entry(arm).or_insert(0) += 1,
            Err(refused) => {
                assert_eq!(n, 69);
                assert!(refused.message().contains("never extended or wrapped"), "{refused}");
                assert_eq!(code::<()>(Err(refused)), "ENR-0032");
            }
        }
    }
    assert_eq!(arms, BTreeMap::from([("control".to_owned(), 34), ("msc".to_owned(), 34)]));
    assert_eq!(gao.list().await.used, 68);
    assert_eq!(house.safety.asked().len(), 68, "no permit is asked for a place that is not there");
    let told: Vec<pb::RandomizationListRunningOut> = house.events_of("RandomizationListRunningOut").await;
    let remaining: Vec<_> = told.iter().map(|out| out.remaining).collect();
    assert_eq!(remaining, [13, 6, 0], "55 of 68 are the first to reach 80 %");
    gao.discontinue("P-001", "leave-choice").await.unwrap();
    assert_eq!(code(gao.randomize("P-069", 2).await), "ENR-0032", "a place is never given a second time");
    assert_eq!(gao.list().await.used, 68);
    replays(&house).await;
}

async fn fifty_at_once_get_a_place_each_as_the_seed_says(house: House) {
    let gao = house.small_trial().await;
    let subjects: Vec<String> = (1..=50).map(|n| format!("P-{n:03}")).collect();
    for subject in &subjects {
        gao.ready(subject).await;
    }
    let asked = subjects.iter().map(|subject| {
        let (gao, subject) = (gao.clone(), subject.clone());
        tokio::spawn(async move { gao.allocate(&subject).await })
    });
    let answers: Vec<_> = futures::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().is_ok()), "{answers:?}");
    let (list, shown) = shown(&house).await;
    let mut places: Vec<u32> = shown.iter().map(|(_, slot, _)| slot.number).collect();
    places.sort_unstable();
    assert_eq!(places, (1..=50).collect::<Vec<_>>());
    list.verify(shown.iter().map(|(subject, slot, arm)| (subject, slot, arm))).unwrap();
}

async fn story_15_a_hold_between_page_and_click_refuses(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    assert!(gao.assess("P-001", "randomization").await.unwrap().eligible);
    let page = gao.subject("P-001").await;
    house.safety.becomes(Mood::Held("hold-7"));
    assert_eq!(gao.subject("P-001").await, page, "what the page shows is as it was before the hold");
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!((detail.code.as_str(), detail.holds.as_slice()), ("ENR-0034", &["hold-7".to_owned()][..]));
    assert_eq!(gao.list().await.used, 0);
    assert_eq!(gao.subject("P-001").await.state, "consented");
    let ask = &house.safety.asked()[0];
    assert_eq!(ask.possible_arms, ["msc", "control"]);
    let placement = ask.placement.clone().unwrap();
    assert_eq!((placement.subject.as_str(), placement.arm.as_str()), ("P-001", ""));
    let refusals = house.events().await;
    assert!(refusals.iter().any(|(kind, _)| kind == "holdpoint.journal.v1.ActRefused"));
    house.safety.becomes(Mood::Open);
    gao.allocate("P-001").await.unwrap();
}

async fn a_silent_safety_allocates_nobody(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Silent);
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    assert_eq!((refused.code(), code::<()>(Err(refused))), (tonic::Code::Unavailable, "ENR-0035".to_owned()));
    assert_eq!(gao.list().await.used, 0);
}

async fn the_same_attempt_is_aborted(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let request = pb::RandomizeRequest {
        act: gao.act(),
        trial: TRIAL.into(),
        subject: "P-001".into(),
        attempt: 1,
        ..Default::default()
    };
    gao.client().randomize(request.clone()).await.unwrap();
    let again = gao.client().randomize(request).await.unwrap_err();
    assert_eq!((again.code(), code::<()>(Err(again))), (tonic::Code::Aborted, "ENR-0030".to_owned()));
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0030");
    assert_eq!(code(gao.randomize("P-001", 2).await), "ENR-0031");
    assert_eq!(house.safety.asked().len(), 1);
}

async fn a_void_keeps_the_place(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.ready("P-002").await;
    let first = gao.randomize("P-001", 1).await.unwrap();
    gao.allocate("P-002").await.unwrap();
    let second = gao.randomize_again("P-001", 2, "the browser crashed").await.unwrap();
    assert_ne!(first.permit, second.permit);
    assert_eq!(first.arm, second.arm, "the place was not drawn again");
    assert_eq!(gao.list().await.used, 2);
    assert_eq!(code(gao.acknowledge("P-001", &first.permit).await), "ENR-0037");
    gao.acknowledge("P-001", &second.permit).await.unwrap();
    let voided: Vec<pb::PermitVoided> = house.events_of("PermitVoided").await;
    assert_eq!(
        (voided.len(), voided[0].permit.as_str(), voided[0].why.as_str()),
        (1, first.permit.as_str(), "not heard")
    );
    replays(&house).await;
}

async fn an_answer_after_the_life_is_not_given(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let machine = house.machine.clone();
    house.safety.before_answer(move || machine.advance_boot(Duration::from_millis(LIFE_MS - 500)));
    let late = gao.randomize("P-001", 1).await.unwrap_err();
    assert_eq!((late.code(), code::<()>(Err(late))), (tonic::Code::Aborted, "ENR-0036".to_owned()));
    assert_eq!(gao.subject("P-001").await.state, "sealed");
    assert_eq!(gao.subject("P-001").await.arm, "", "what was not shown is told to nobody");
    let voided: Vec<pb::PermitVoided> = house.events_of("PermitVoided").await;
    assert_eq!(voided[0].why, "life over");
    house.safety.at_once();
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0030");
    let shown = gao.randomize("P-001", 2).await.unwrap();
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    assert_eq!(gao.list().await.used, 1);
    replays(&house).await;
}

async fn story_13_a_withdrawn_subject_shifts_nobody(house: House) {
    let gao = house.small_trial().await;
    for n in 1..=6 {
        let subject = format!("P-00{n}");
        gao.ready(&subject).await;
        gao.allocate(&subject).await.unwrap();
        let before = self::shown(&house).await.1;
        if n % 2 == 0 {
            gao.discontinue(&subject, "leave-choice").await.unwrap();
        }
        assert_eq!(self::shown(&house).await.1, before, "what was shown stays");
    }
    assert_eq!(gao.list().await.used, 6);
    let (list, shown) = shown(&house).await;
    let places: Vec<u32> = shown.iter().map(|(_, slot, _)| slot.number).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
    list.verify(shown.iter().map(|(subject, slot, arm)| (subject, slot, arm))).unwrap();
    let left = gao.subject("P-002").await;
    assert_eq!((left.on_treatment, left.on_study, left.state.as_str()), (false, false, "randomized"));
}

async fn an_acknowledged_allocation_answers_its_record(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let shown = gao.randomize("P-001", 1).await.unwrap();
    assert_eq!((shown.life_ms, shown.record_only), (LIFE_MS, false));
    assert!(house.events_of::<pb::SubjectRandomized>("SubjectRandomized").await.is_empty());
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    let record = gao.randomize_again("P-001", 2, "lost the paper").await.unwrap();
    assert_eq!((record.record_only, record.life_ms, record.arm.as_str()), (true, 0, shown.arm.as_str()));
    let told: Vec<pb::SubjectRandomized> = house.events_of("SubjectRandomized").await;
    assert_eq!((told.len(), told[0].arm.as_str()), (1, shown.arm.as_str()));
    assert_eq!(house.events_of::<pb::AllocationHeard>("AllocationHeard").await.len(), 1);
}

async fn an_allocation_by_another_subject_s_permit_is_refused(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.ready("P-002").await;
    let one = gao.randomize("P-001", 1).await.unwrap();
    let refused: Answer<_> = gao.acknowledge("P-002", &one.permit).await;
    assert_eq!(code(refused), "ENR-0037");
    gao.randomize("P-002", 1).await.unwrap();
    assert_eq!(code(gao.acknowledge("P-002", &one.permit).await), "ENR-0037");
}
