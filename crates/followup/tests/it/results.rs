//! What a laboratory's results and recorded facts do by themselves, and what a correction takes back.

use crate::support::{World, on_both_databases};

const FIRST: &str = "before-reconstitution/cbc/1";
const SECOND: &str = "before-reconstitution/cbc/2";

/// One blood count satisfies every line that asks for one on that day (semantics 33).
async fn a_result_does_every_line_that_asks_for_it_on_its_day(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-02-14");
    world.milestone("P-001", "pgf", "2025-02-14").await;
    world.counted("P-001", ("r-1", 1), "2025-02-14T08:00", false).await;
    world.hear().await;
    let done: Vec<String> = world
        .schedule("P-001")
        .await
        .visits
        .into_iter()
        .filter(|visit| visit.state == "done" && visit.done_on == "2025-02-14")
        .map(|visit| visit.visit)
        .collect();
    // The sixth week (10 to 16 February) twice, the first day of poor graft function, the first quarter, the baseline.
    assert_eq!(done, ["before-reconstitution/cbc/11", "pgf/cbc/1", "long-term/cbc/1.1", "baseline/cbc/1"],);
}

async fn a_correction_moves_what_it_did_and_a_withdrawal_takes_it_back(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-20");
    world.counted("P-001", ("r-1", 1), "2025-01-07T08:00", false).await;
    world.counted("P-001", ("r-2", 1), "2025-01-09T08:00", false).await;
    world.hear().await;
    assert_eq!(world.visit("P-001", FIRST).await.done_on, "2025-01-07");
    assert_eq!(world.visit("P-001", SECOND).await.done_on, "2025-01-09");
    // The specimen was of the week after: one of the first week is missed.
    world.counted("P-001", ("r-1", 2), "2025-01-16T08:00", false).await;
    world.hear().await;
    assert_eq!(world.visit("P-001", FIRST).await.done_on, "2025-01-09");
    assert_eq!(world.state("P-001", SECOND).await, "missed");
    assert_eq!(world.visit("P-001", "before-reconstitution/cbc/3").await.done_on, "2025-01-16");
    // The patient was another: nothing stands for it.
    world.counted("P-001", ("r-2", 2), "2025-01-09T08:00", true).await;
    world.hear().await;
    assert_eq!(world.state("P-001", FIRST).await, "missed");
    let told = world.told(0).await;
    let done = told.iter().filter(|(kind, _)| kind == "ActivityDone").count();
    assert_eq!(done, 5, "two done, one taken back and done again, one taken back");
}

async fn two_results_of_one_specimen_are_one_activity(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-08");
    world.counted("P-001", ("r-1", 1), "2025-01-07T08:00", false).await;
    world.counted("P-001", ("r-2", 1), "2025-01-07T08:00", false).await;
    world.hear().await;
    assert_eq!(world.state("P-001", FIRST).await, "done");
    assert_eq!(world.state("P-001", SECOND).await, "scheduled");
    // One of the two is void: the other still shows that blood was counted.
    world.counted("P-001", ("r-1", 2), "2025-01-07T08:00", true).await;
    world.hear().await;
    assert_eq!(world.state("P-001", FIRST).await, "done");
    world.counted("P-001", ("r-2", 2), "2025-01-07T08:00", true).await;
    world.hear().await;
    assert_eq!(world.state("P-001", FIRST).await, "scheduled");
}

async fn results_that_come_before_the_subject_is_known_wait_for_it(world: World) {
    world.go("2025-01-08");
    world.counted("P-001", ("r-1", 1), "2025-01-07T08:00", false).await;
    world.hear().await;
    world.transplanted("P-001").await;
    assert_eq!(world.visit("P-001", FIRST).await.done_on, "2025-01-07");
}

async fn results_of_several_subjects_come_together(world: World) {
    world.transplanted("P-001").await;
    world.transplanted("P-002").await;
    world.go("2025-01-08");
    let of = |subject, result| world.platelets(subject, (result, 1), "2025-01-07T08:00", false);
    // Of the third nothing is known yet but this.
    let together = [("P-001", "r-1"), ("P-002", "r-2"), ("P-001", "r-3"), ("P-003", "r-4")];
    world.results(together.map(|(subject, result)| of(subject, result)).into()).await;
    world.hear().await;
    for subject in ["P-001", "P-002"] {
        assert_eq!(world.visit(subject, FIRST).await.done_on, "2025-01-07");
        assert_eq!(world.state(subject, SECOND).await, "scheduled");
    }
    let told = world.told(0).await;
    assert_eq!(told.iter().filter(|(kind, _)| kind == "ActivityDone").count(), 2);
    world.transplanted("P-003").await;
    assert_eq!(world.visit("P-003", FIRST).await.done_on, "2025-01-07");
}

async fn a_moment_that_a_correction_frees_is_taken_at_once(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-20");
    world.counted("P-001", ("r-1", 1), "2025-01-07T08:00", false).await;
    world.hear().await;
    let moved = world.platelets("P-001", ("r-1", 2), "2025-01-16T08:00", false);
    let other = world.platelets("P-001", ("r-2", 1), "2025-01-07T08:00", false);
    world.results(vec![moved, other]).await;
    world.hear().await;
    assert_eq!(world.visit("P-001", FIRST).await.done_on, "2025-01-07");
    assert_eq!(world.visit("P-001", "before-reconstitution/cbc/3").await.done_on, "2025-01-16");
    let told = world.told(0).await;
    let done = told.iter().filter(|(kind, _)| kind == "ActivityDone").count();
    assert_eq!(done, 4, "done, taken back, done on another day, and done by another result");
}

on_both_databases!(
    results_of_several_subjects_come_together,
    a_moment_that_a_correction_frees_is_taken_at_once,
    a_result_does_every_line_that_asks_for_it_on_its_day,
    a_correction_moves_what_it_did_and_a_withdrawal_takes_it_back,
    two_results_of_one_specimen_are_one_activity,
    results_that_come_before_the_subject_is_known_wait_for_it,
);
