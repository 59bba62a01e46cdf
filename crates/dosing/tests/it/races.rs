//! Many at once: one row, one answer (reliability F6), and races judged again rather than shown to people.

use std::sync::Arc;

use holdpoint_api::safety::v1::AlertAcknowledged;
use holdpoint_dosing::domain::treatment::Treatment;
use tokio::sync::Notify;

use crate::support::{Script, World, at, code, on_both_databases};

on_both_databases!(
    an_order_changed_during_the_ask_gets_no_go,
    what_safety_writes_after_its_answer_is_no_going_back,
    a_refused_start_leaves_the_infusion_as_it_was,
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

async fn an_order_changed_during_the_ask_gets_no_go(world: World) {
    let planned = world.plan("P-001").await;
    world.release_a_lot("L2", "1000000000").await;
    world.prepare(&planned[0]).await;
    let (issued, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    world.script(Script::AnswerWhenTold(issued.clone(), answer.clone()));
    let change = async {
        issued.notified().await;
        world.authorize(&planned[0].infusion, "L2", "60000000").await.unwrap();
        answer.notify_one();
    };
    let (heard, ()) = tokio::join!(world.start(world.ask(&planned[0], 1)), change);
    assert_eq!(code(&heard.unwrap_err()), "DOS-0020", "the bag of L1 was checked, L2 is ordered");
    assert_eq!(world.told_of("InfusionStarting").await, 0);
    assert_eq!(world.told_of("PermitReturned").await, 1);
    let now = world.get(&planned[0].infusion).await;
    assert_eq!((now.state.as_str(), now.lot.as_str()), ("authorized", "L2"));
}

async fn what_safety_writes_after_its_answer_is_no_going_back(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let (issued, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    world.script(Script::AnswerWhenTold(issued.clone(), answer.clone()));
    let tell = async {
        issued.notified().await;
        world.told("AlertAcknowledged", &AlertAcknowledged::default()).await;
        world.hear().await;
        answer.notify_one();
    };
    let (heard, ()) = tokio::join!(world.start(world.ask(&planned[0], 1)), tell);
    heard.unwrap();
    assert_eq!(world.told_of("PermitReturned").await, 0);
}

async fn a_refused_start_leaves_the_infusion_as_it_was(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let id = planned[0].infusion.as_str();
    let before = world.service.ctx.store.get::<Treatment>(id).await.unwrap().unwrap();
    world.script(Script::Held(vec!["h-9".to_owned()]));
    let asks = (0..8).map(|_| world.start(world.ask(&planned[0], 1)));
    for refused in futures::future::join_all(asks).await {
        assert_eq!(code(&refused.unwrap_err()), "DOS-0010");
    }
    let after = world.service.ctx.store.get::<Treatment>(id).await.unwrap().unwrap();
    assert_eq!(before.version, after.version, "a claim at the same moment loses no race");
    assert_eq!(world.get(id).await.refused_by_hold, 8);
}
