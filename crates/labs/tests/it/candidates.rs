//! Findings for a person (Protocol 7.1): one a subject, term and episode, above the baseline, and none of what the file
//! spares.

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::ResultStatus;
use holdpoint_journal::Chain;

use crate::support::{Analyte, Said, TRIAL, World, on_both_databases};

on_both_databases!(
    an_episode_is_one_candidate_however_it_changes,
    what_the_file_spares_raises_nothing,
    what_was_abnormal_before_raises_nothing,
);

fn creatinine(day: &str, value: &str) -> Said {
    Said::of("P-001", &format!("2026-{day}T01:00:00Z"), &[Analyte::creatinine(value)])
}

async fn proposed(world: &World) -> Vec<pb::CandidateProposed> {
    world.told(&Chain::trial(TRIAL), "CandidateProposed").await
}

async fn an_episode_is_one_candidate_however_it_changes(world: World) {
    world.sends(&[creatinine("03-01", "1.0"), creatinine("04-01", "1.3")]).await;
    let first = proposed(&world).await.pop().unwrap();
    assert_eq!((first.term.as_str(), first.scale.as_str()), ("Creatinine increased", "CTCAE 5.0"));
    assert_eq!((first.grade, first.baseline_grade, first.from.as_str()), (1, 0, "2026-04-01"));
    // 1.7 is 1.7 times the baseline and 1.4 times the limit: the worse limb counts.
    world.sends(&[creatinine("04-02", "1.7"), creatinine("04-03", "1.6")]).await;
    let all = proposed(&world).await;
    assert_eq!(all.len(), 2, "told once more, for the grade");
    assert_eq!((all[1].grade, all[1].evidence.len()), (2, 2));
    assert!(all.iter().all(|one| one.candidate == first.candidate), "one episode, one candidate");
    // Back to normal, then a second episode.
    world.sends(&[creatinine("04-10", "1.0"), creatinine("04-20", "4.0")]).await;
    let all = proposed(&world).await;
    assert_eq!((all.len(), all[2].grade), (3, 3));
    assert_ne!(all[2].candidate, first.candidate);
    let taken_back =
        Said::of("P-001", "2026-04-20T01:00:00Z", &[Analyte::creatinine("4.0").status(ResultStatus::Wrong)]);
    world.says(taken_back.issued("2026-04-21T01:00:00Z")).await;
    let last = proposed(&world).await.pop().unwrap();
    assert!(last.withdrawn && last.candidate == all[2].candidate);
}

async fn what_the_file_spares_raises_nothing(world: World) {
    let counts = [Analyte::platelets("9"), Analyte::neutrophils("0.1"), Analyte::hemoglobin("60")];
    world.sends(&[Said::of("P-001", "2026-04-01T01:00:00Z", &counts)]).await;
    assert!(proposed(&world).await.is_empty());
}

async fn what_was_abnormal_before_raises_nothing(world: World) {
    world.sends(&[creatinine("03-01", "1.4"), creatinine("04-01", "1.5")]).await;
    assert!(proposed(&world).await.is_empty(), "grade 1 before and grade 1 after");
    world.sends(&[creatinine("04-02", "2.2")]).await;
    let all = proposed(&world).await;
    assert_eq!((all.len(), all[0].grade, all[0].baseline_grade), (1, 2, 1));
}
