//! What safety is told in every trial, what is seen of it while safety is silent, and that one that can not be told
//! keeps no other waiting.

use std::time::Duration;

use holdpoint_enrollment::domain::notice::{Happened, Notice};
use holdpoint_journal::By;

use crate::house::{House, TRIAL, morning, on_both_databases, trial_file_without_rules};
use crate::safety::Mood;

on_both_databases!(
    death_and_relapse_are_told_in_a_trial_without_rules,
    a_subject_shows_what_is_not_yet_held,
    a_notice_that_can_not_be_told_keeps_no_other_waiting,
);

async fn death_and_relapse_are_told_in_a_trial_without_rules(house: House) {
    let gao = house.in_force(trial_file_without_rules()).await;
    gao.ready("P-001").await;
    for event in ["transplant", "progression", "transplant-impossible", "relapse", "death"] {
        gao.milestone("P-001", event, "2026-03-01").await.unwrap();
    }
    let told: Vec<_> = house.safety.told().into_iter().map(|told| told.event).collect();
    assert_eq!(told, ["progression", "transplant-impossible", "relapse", "death"]);
}

async fn a_subject_shows_what_is_not_yet_held(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap();
    assert!(!gao.subject("P-001").await.not_yet_held);
    house.safety.becomes(Mood::Silent);
    gao.milestone("P-001", "death", "2026-03-02").await.unwrap();
    let silent = gao.subject("P-001").await;
    let milestones: Vec<_> =
        silent.milestones.iter().map(|each| (each.event.as_str(), each.not_yet_held)).collect();
    assert_eq!(milestones, [("transplant", false), ("death", true)]);
    assert!(silent.not_yet_held);
    house.safety.becomes(Mood::Open);
    let held = || async {
        house.machine.advance_boot(Duration::from_secs(1));
        !gao.subject("P-001").await.not_yet_held
    };
    house.until("it is held", held).await;
    assert!(gao.subject("P-001").await.milestones.iter().all(|each| !each.not_yet_held));
}

async fn a_notice_that_can_not_be_told_keeps_no_other_waiting(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let of = Happened::Milestone { milestone: "nowhere".parse().unwrap() };
    let (trial, subject) = (TRIAL.parse().unwrap(), "P-001".parse().unwrap());
    let mut tx = house.store.begin(&By::new("enrollment", morning())).await.unwrap();
    tx.insert(&Notice::open("nowhere".to_owned(), trial, subject, of, morning())).await.unwrap();
    tx.commit().await.unwrap();
    house.safety.becomes(Mood::Silent);
    assert!(gao.milestone("P-001", "death", "2026-03-02").await.unwrap().not_yet_held);
    house.safety.becomes(Mood::Open);
    let told = || async {
        house.machine.advance_boot(Duration::from_secs(1));
        house.safety.told().len() == 1
    };
    house.until("the second was told", told).await;
    assert_eq!(house.safety.told()[0].event, "death");
}
