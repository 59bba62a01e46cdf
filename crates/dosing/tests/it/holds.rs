//! Holds as dosing sees them: its own view refuses first, safety's refusal names holds, a release brings back by the
//! late-dose rule and takes away one hold only.

use holdpoint_api::dosing::v1::HoldChecked;

use crate::support::{Script, World, at, code, holds_of, on_both_databases};

on_both_databases!(
    a_hold_freezes_and_names_itself,
    a_hold_that_only_safety_knows_refuses_too,
    a_release_takes_away_one_hold_and_returns_by_the_late_rule,
    a_permanent_stop_takes_the_rest_off_the_plan,
);

async fn a_hold_freezes_and_names_itself(world: World) {
    let first = world.plan("P-001").await;
    let second = world.plan("P-002").await;
    world.prepare(&first[0]).await;
    world.prepare(&second[0]).await;
    let go = world.start(world.ask(&first[0], 1)).await.unwrap();
    world.acknowledge(&first[0].infusion, &go.permit).await.unwrap();
    world.hold("h-1").await;

    let refused = world.start(world.ask(&second[0], 1)).await.unwrap_err();
    assert_eq!((code(&refused).as_str(), holds_of(&refused)), ("DOS-0010", vec!["h-1".to_owned()]));
    world.start(world.ask(&second[0], 1)).await.unwrap_err();
    let held = world.get(&second[0].infusion).await;
    assert_eq!((held.refused_by_hold, held.frozen_by), (2, vec!["h-1".to_owned()]));
    assert_eq!(
        world.list().await.iter().filter(|one| one.refused_by_hold > 0).count(),
        1,
        "distinct infusions"
    );
    assert_eq!(world.told_of("ActRefused").await, 2);
    assert_eq!(world.peer.asks().len(), 1, "safety is not asked for what is held here");

    let check = world.messages::<HoldChecked>("HoldChecked").await.remove(0);
    assert_eq!(check.in_progress, [first[0].infusion.clone()]);
    assert_eq!(check.frozen.len(), 7);
    // What was heard before goes on, and is written down.
    world.confirm(&first[0].infusion).await.unwrap();
    world.complete(&first[0].infusion, "60000000", "").await.unwrap();
}

async fn a_hold_that_only_safety_knows_refuses_too(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::Held(vec!["h-9".to_owned(), "h-8".to_owned()]));
    let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!(
        (code(&refused).as_str(), holds_of(&refused)),
        ("DOS-0010", vec!["h-9".to_owned(), "h-8".to_owned()])
    );
    assert_eq!(world.get(&planned[0].infusion).await.refused_by_hold, 1);
}

async fn a_release_takes_away_one_hold_and_returns_by_the_late_rule(world: World) {
    let planned = world.plan("P-001").await;
    world.give(&planned[0]).await;
    world.hold("h-1").await;
    world.hold("h-2").await;
    // The second was due on 9 March; released on the 11th, nine days after the first, it is due at once.
    world.civil.set(at("2026-03-11T00:00:00Z"));
    world.release("h-1").await;
    let before = world.get(&planned[1].infusion).await;
    assert_eq!(before.frozen_by, ["h-2".to_owned()], "the other stays");
    assert_eq!(code(&world.start(world.ask(&planned[1], 1)).await.unwrap_err()), "DOS-0010");
    world.release("h-2").await;
    let after = world.get(&planned[1].infusion).await;
    assert!(after.frozen_by.is_empty());
    assert_eq!(after.due.unwrap().seconds, at("2026-03-11T00:00:00Z").as_second());
    assert_eq!(
        after.latest.unwrap().seconds,
        at("2026-03-12T00:00:00Z").as_second(),
        "ten days after the last"
    );
    let third = world.get(&planned[2].infusion).await;
    assert_eq!(
        third.due.unwrap().seconds,
        at("2026-03-18T00:00:00Z").as_second(),
        "the following shift with it"
    );
    world.give(&after).await;
}

async fn a_permanent_stop_takes_the_rest_off_the_plan(world: World) {
    let planned = world.plan("P-001").await;
    world.give(&planned[0]).await;
    world.discontinue("P-001", "leave-relapse").await;
    let states: Vec<_> = world.list().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, ["completed", "canceled", "canceled", "canceled"]);
    assert_eq!(world.told_of("InfusionCanceled").await, 3);
    let refused = world.rpc_plan_again().await.unwrap_err();
    assert_eq!(code(&refused), "DOS-0023");
    assert_eq!(world.lot("L1").await.cells_left, "940000000");
}
