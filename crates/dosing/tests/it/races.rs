//! Many at once: one row, one answer (reliability F6), and races judged again rather than shown to people.

use crate::support::{World, at, on_both_databases};

on_both_databases!(
    the_same_request_many_times_at_once_is_one_row,
    different_people_at_once_all_get_an_answer
);

async fn the_same_request_many_times_at_once_is_one_row(world: World) {
    world.plan("P-001").await;
    world.civil.set(at("2026-03-02T00:00:00Z"));
    let asked = (0..40).map(|_| world.weigh_as("r-many", "60"));
    let answers: Vec<_> = futures::future::join_all(asked).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.windows(2).all(|pair| pair[0].weight == pair[1].weight), "{answers:?}");
    assert_eq!(world.told_of("WeightRecorded").await, 1);
}

async fn different_people_at_once_all_get_an_answer(world: World) {
    let planned = world.plan("P-001").await;
    let other = world.plan("P-002").await;
    world.civil.set(at("2026-03-02T00:00:00Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    world.weigh("P-002", "60", "kg").await.unwrap();
    // Both orders draw on the same lot at the same moment.
    let (one, two) = tokio::join!(
        world.authorize(&planned[0].infusion, "L1", "60000000"),
        world.authorize(&other[0].infusion, "L1", "60000000"),
    );
    one.unwrap();
    two.unwrap();
    assert_eq!(world.lot("L1").await.cells_left, "880000000");
}
