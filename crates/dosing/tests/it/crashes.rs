//! Death and restart at each step of a start, lost answers, and journals that went back.

use std::time::Duration;

use holdpoint_api::common::v1::Activity;
use holdpoint_api::safety::v1::InFlight;
use holdpoint_dosing::reconcilers::{unclaimed, unconfirmed};
use holdpoint_journal::{Chain, Head, Known};

use crate::support::{Script, TRIAL, World, code, on_both_databases};

on_both_databases!(
    after_a_claim_a_restart_decides_nothing,
    a_permit_whose_answer_was_lost_is_voided_before_the_next,
    a_permit_nobody_claimed_holds_up_no_hold,
    a_journal_that_went_back_starts_nothing,
    a_permit_from_who_has_seen_more_is_given_back,
);

async fn after_a_claim_a_restart_decides_nothing(mut world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    // The Go was said into a broken line: dosing died after the claim.
    world.start(world.ask(&planned[0], 1)).await.unwrap();
    world.restart().await;
    assert_eq!(world.get(&planned[0].infusion).await.state, "starting");
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 0);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0011");
    assert_eq!(code(&world.start(world.ask(&planned[0], 2)).await.unwrap_err()), "DOS-0012");

    world.civil.advance(Duration::from_secs(15 * 60));
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 1);
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 0);
    assert_eq!(world.get(&planned[0].infusion).await.state, "unconfirmed");
    assert_eq!(world.told_of("InfusionUnconfirmed").await, 1);
    assert_eq!(world.told_of("PermitVoided").await, 0, "a restart voids nothing");
    let mut stated = world.ask(&planned[0], 2);
    stated.earlier_not_heard = "nobody heard it".to_owned();
    assert_eq!(
        code(&world.start(stated).await.unwrap_err()),
        "DOS-0012",
        "a person says given or not given first"
    );
    world.abandon(&planned[0].infusion).await.unwrap();
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
    world.start(world.ask(&planned[0], 2)).await.unwrap();
}

async fn a_permit_whose_answer_was_lost_is_voided_before_the_next(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::IssueAndLose);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0014");
    world.script(Script::Issue);
    let go = world.start(world.ask(&planned[0], 1)).await.unwrap();
    let permits = world.peer.permits(&planned[0].infusion);
    assert_eq!(permits.len(), 2);
    assert_eq!(go.permit, permits[1]);
    assert_eq!(world.told_of("PermitVoided").await, 1, "the lost one, as never claimed");
    assert_eq!(world.told_of("InfusionStarting").await, 1);
}

async fn a_permit_nobody_claimed_holds_up_no_hold(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::IssueAndLose);
    world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    let lost = world.peer.permits(&planned[0].infusion).remove(0);
    let in_flight = |permit: &str, settled| InFlight {
        permit: permit.to_owned(),
        activity: Activity::FirstDose as i32,
        subject: "P-001".to_owned(),
        infusion: planned[0].infusion.clone(),
        number: 1,
        settled,
    };
    world.hold_with("h-1", vec![in_flight(&lost, false), in_flight("settled", true)]).await;
    assert_eq!(unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap(), 1);
    assert_eq!(unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap(), 0);
    assert_eq!(world.told_of("PermitVoided").await, 1);
}

async fn a_journal_that_went_back_starts_nothing(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let chain = Chain::trial(TRIAL);
    let store = &world.service.ctx.store;
    let lost = Head {
        number: store.head(&chain).await.unwrap().number + 7,
        ..Head { hash: [7; 32], ..Head::default() }
    };
    assert_eq!(store.knows(&chain, &lost).await.unwrap(), Known::Lacks);
    world.went_back(&chain, lost).await;
    assert_eq!(
        store.knows(&chain, &lost).await.unwrap(),
        Known::Known,
        "a further incarnation accounts for it"
    );
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0017");
    assert!(world.peer.asks().is_empty());
    world.reconcile("h-r").await;
    world.start(world.ask(&planned[0], 1)).await.unwrap();
}

async fn a_permit_from_who_has_seen_more_is_given_back(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::SeenMore);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0017");
    assert_eq!(world.told_of("PermitReturned").await, 1);
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
}
