//! The whole of a subject's treatment: four infusions and not a fifth, with the cells of the lot accounted for.

use tonic::Code;

use crate::support::{World, code, on_both_databases};

on_both_databases!(
    four_infusions_and_not_a_fifth,
    what_differs_from_the_order_says_why,
    a_correction_moves_the_rest
);

async fn four_infusions_and_not_a_fifth(world: World) {
    let planned = world.plan("P-001").await;
    assert_eq!(planned.len(), 4);
    for infusion in &planned {
        world.give(&world.get(&infusion.infusion).await).await;
    }
    let all = world.list().await;
    assert!(all.iter().all(|one| one.state == "completed" && one.cells_given == "60000000" && one.go_heard));
    assert_eq!(world.lot("L1").await.cells_left, "760000000");
    for one in &all {
        assert!(!one.permit.is_empty() && one.lot_released_at.is_some() && !one.weight.is_empty());
        assert_eq!((one.lot.as_str(), one.lot_certificate.as_str()), ("L1", "COA-1"));
        assert_eq!((one.weight_kilograms.as_str(), one.weight_measured_at), ("60", one.started_at));
        assert_eq!((one.cells_ordered.as_str(), one.timing.as_str()), ("60000000", "on time"));
    }

    let again = world.rpc_plan_again().await.unwrap_err();
    assert_eq!((again.code(), code(&again).as_str()), (Code::FailedPrecondition, "DOS-0060"));
    let fifth = world.start(world.ask(&planned[3], 2)).await.unwrap_err();
    assert_eq!(code(&fifth), "DOS-0005");
    for kind in ["InfusionPlanned", "InfusionStarting", "GoHeard", "InfusionStarted", "InfusionCompleted"] {
        assert_eq!(world.told_of(kind).await, 4, "{kind}");
    }
    assert_eq!(world.told_of("PermitVoided").await + world.told_of("PermitReturned").await, 0);
    let asks = world.peer.asks();
    assert_eq!(
        asks.iter().map(|ask| ask.activity).collect::<Vec<_>>(),
        [2, 3, 3, 3],
        "the first dose is the first"
    );
    let fresh: std::collections::BTreeSet<_> = asks.iter().map(|ask| ask.ask.clone()).collect();
    assert_eq!(fresh.len(), 4, "each ask has an id of its own");
}

async fn what_differs_from_the_order_says_why(world: World) {
    let planned = world.plan("P-001").await;
    let infusion = &planned[0];
    world.prepare(infusion).await;
    let unstarted = world.complete(&infusion.infusion, "60000000", "").await.unwrap_err();
    assert_eq!(code(&unstarted), "DOS-0005", "a start without a permit is refused");
    let unclaimed = world.confirm(&infusion.infusion).await.unwrap_err();
    assert_eq!(code(&unclaimed), "DOS-0005", "nothing was claimed");
    world.start(world.ask(infusion, 1)).await.unwrap();
    world.confirm(&infusion.infusion).await.unwrap();
    let silent = world.complete(&infusion.infusion, "36000000", "").await.unwrap_err();
    assert_eq!(code(&silent), "DOS-0051");
    let negative = world.complete(&infusion.infusion, "-1", "").await.unwrap_err();
    assert_eq!((negative.code(), code(&negative).as_str()), (Code::InvalidArgument, "DOS-0001"));
    world.complete(&infusion.infusion, "36000000", "fever; stopped").await.unwrap();
    let done = world.get(&infusion.infusion).await;
    assert_eq!((done.cells_given.as_str(), done.deviation.as_str()), ("36000000", "fever; stopped"));
}

async fn a_correction_moves_the_rest(world: World) {
    let planned = world.plan("P-001").await;
    world.give(&planned[0]).await;
    let before = world.get(&planned[1].infusion).await;
    world.correct_start(&planned[0].infusion, 60).await.unwrap();
    let after = world.get(&planned[1].infusion).await;
    assert_eq!(after.due.unwrap().seconds - before.due.unwrap().seconds, 60);
    assert_eq!(world.told_of("InfusionTimeCorrected").await, 1);
    assert!(world.correct_start(&planned[1].infusion, 0).await.is_err(), "it did not start");
}
