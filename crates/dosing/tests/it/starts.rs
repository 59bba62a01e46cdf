//! The start: once, under a permit that lives, and never by memory.

use std::time::Duration;

use holdpoint_chassis::error::detail_of;
use tonic::Code;

use crate::support::{Script, World, code, on_both_databases};

on_both_databases!(
    safety_silent_is_a_no,
    the_earliest_first_dose_that_safety_names_is_shown,
    a_slow_permit_is_voided_and_refused,
    a_paused_machine_can_not_live_on_an_old_permit,
    the_same_attempt_is_never_answered_twice,
    a_higher_attempt_needs_a_statement_and_voids,
    an_acknowledged_start_is_never_voided,
    another_body_under_the_same_id_is_refused,
    two_at_once_start_once,
    doses_keep_their_distance,
    a_plan_that_can_not_be_made_undoes_no_start,
);

async fn safety_silent_is_a_no(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    for script in [Script::Silent, Script::Unavailable] {
        world.script(script);
        let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
        assert_eq!((refused.code(), code(&refused).as_str()), (Code::Unavailable, "DOS-0014"));
        assert!(refused.message().contains("safety"), "{}", refused.message());
    }
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
    assert_eq!(world.told_of("InfusionStarting").await, 0);
    world.script(Script::Issue);
    assert_eq!(
        world.start(world.ask(&planned[0], 1)).await.unwrap().life_ms,
        5_000,
        "a refusal is judged again"
    );
}

async fn the_earliest_first_dose_that_safety_names_is_shown(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::TooNear("2026-03-05T00:00:00Z".to_owned()));
    let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::FailedPrecondition, "DOS-0015"));
    let fields = detail_of(&refused).unwrap().fields;
    assert_eq!(
        (fields[0].field.as_str(), fields[0].allowed.as_str()),
        ("at", "2026-03-05T00:00:00Z or later")
    );
    let ask = world.peer.asks().remove(0);
    let placement = ask.placement.unwrap();
    assert_eq!((placement.subject.as_str(), placement.arm.as_str(), ask.number), ("P-001", "msc", 1));
}

async fn a_slow_permit_is_voided_and_refused(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let slow = Duration::from_millis(4_500);
    world.script(Script::IssueAfter { boot: slow, wall: slow });
    let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!(code(&refused), "DOS-0013");
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
    assert_eq!(world.told_of("InfusionStarting").await, 1, "it was claimed");
    assert_eq!(world.told_of("PermitVoided").await, 1, "and voided in a second commit");
    world.script(Script::Issue);
    let again = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!((again.code(), code(&again).as_str()), (Code::Aborted, "DOS-0011"));
    world.start(world.ask(&planned[0], 2)).await.unwrap();
}

async fn a_paused_machine_can_not_live_on_an_old_permit(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    // The boot clock stands still while the wall runs on, and the other way round.
    for (attempt, boot, wall) in [(1, 0, 60), (2, 60, 0)] {
        let (boot, wall) = (Duration::from_secs(boot), Duration::from_secs(wall));
        world.script(Script::IssueAfter { boot, wall });
        let refused = world.start(world.ask(&planned[0], attempt)).await.unwrap_err();
        assert_eq!(code(&refused), "DOS-0013");
    }
}

async fn the_same_attempt_is_never_answered_twice(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let ask = world.ask(&planned[0], 1);
    world.start(ask.clone()).await.unwrap();
    for again in [ask, world.ask(&planned[0], 1)] {
        let refused = world.start(again).await.unwrap_err();
        assert_eq!((refused.code(), code(&refused).as_str()), (Code::Aborted, "DOS-0011"));
    }
    assert_eq!(world.peer.permits(&planned[0].infusion).len(), 1);
    assert_eq!(world.told_of("ActRefused").await, 2);
}

async fn a_higher_attempt_needs_a_statement_and_voids(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let first = world.start(world.ask(&planned[0], 1)).await.unwrap();
    assert_eq!(code(&world.start(world.ask(&planned[0], 2)).await.unwrap_err()), "DOS-0012");
    let mut stated = world.ask(&planned[0], 2);
    stated.earlier_not_heard = "the line was busy, nobody heard it".to_owned();
    let second = world.start(stated).await.unwrap();
    assert_ne!(first.permit, second.permit);
    assert_eq!(world.told_of("PermitVoided").await, 1);
    let late = world.acknowledge(&planned[0].infusion, &first.permit).await.unwrap_err();
    assert_eq!(code(&late), "DOS-0016", "the first Go must not be acted on");
    world.acknowledge(&planned[0].infusion, &second.permit).await.unwrap();
}

async fn an_acknowledged_start_is_never_voided(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let go = world.start(world.ask(&planned[0], 1)).await.unwrap();
    world.acknowledge(&planned[0].infusion, &go.permit).await.unwrap();
    world.acknowledge(&planned[0].infusion, &go.permit).await.unwrap();
    assert_eq!(world.told_of("GoHeard").await, 1);
    let mut stated = world.ask(&planned[0], 2);
    stated.earlier_not_heard = "not heard after all".to_owned();
    for ask in [world.ask(&planned[0], 1), stated] {
        let record = world.start(ask).await.unwrap();
        assert!(record.record_only);
        assert_eq!((record.permit.as_str(), record.attempt, record.life_ms), (go.permit.as_str(), 1, 0));
    }
    assert_eq!(world.told_of("PermitVoided").await, 0);
    world.abandon(&planned[0].infusion).await.unwrap();
    assert_eq!(world.told_of("PermitVoided").await, 1, "a person may state that nothing was given");
}

async fn another_body_under_the_same_id_is_refused(world: World) {
    let planned = world.plan("P-001").await;
    world.civil.set(crate::support::at("2026-03-02T00:00:00Z"));
    let first = world.weigh_as("r-same", "60").await.unwrap();
    let repeat = world.weigh_as("r-same", "60").await.unwrap();
    assert_eq!(first.weight, repeat.weight, "a repeat hears the kept answer");
    let other = world.weigh_as("r-same", "61").await.unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let mut start = world.ask(&planned[0], 1);
    start.act.as_mut().unwrap().request_id = "r-same".to_owned();
    assert_eq!(world.start(start).await.unwrap_err().code(), Code::AlreadyExists, "at the start too");
}

async fn two_at_once_start_once(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let (one, two) =
        tokio::join!(world.start(world.ask(&planned[0], 1)), world.start(world.ask(&planned[0], 1)));
    let said = [&one, &two].into_iter().filter(|answer| answer.is_ok()).count();
    assert!(said <= 1, "{one:?} {two:?}");
    let now = world.get(&planned[0].infusion).await;
    assert_eq!(now.state == "starting", said == 1, "{one:?} {two:?}");
}

async fn doses_keep_their_distance(world: World) {
    let planned = world.plan("P-001").await;
    world.give(&planned[0]).await;
    // Five days and a half: inside the distance, before the window of six days.
    world.civil.set(crate::support::at("2026-03-07T12:00:00Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    world.authorize(&planned[1].infusion, "L1", "60000000").await.unwrap();
    assert_eq!(code(&world.start(world.ask(&planned[1], 1)).await.unwrap_err()), "DOS-0022");
    // Beyond ten days after the last dose the safety board decides.
    world.civil.set(crate::support::at("2026-03-12T00:00:01Z"));
    world.weigh("P-001", "60", "kg").await.unwrap();
    world.authorize(&planned[1].infusion, "L1", "60000000").await.unwrap();
    assert_eq!(code(&world.start(world.ask(&planned[1], 1)).await.unwrap_err()), "DOS-0022");
    // The third before the second: refused, whatever the day.
    world.authorize(&planned[2].infusion, "L1", "60000000").await.unwrap();
    assert_eq!(code(&world.start(world.ask(&planned[2], 1)).await.unwrap_err()), "DOS-0021");
}

async fn a_plan_that_can_not_be_made_undoes_no_start(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let go = world.start(world.ask(&planned[0], 1)).await.unwrap();
    world.acknowledge(&planned[0].infusion, &go.permit).await.unwrap();
    world.moved_to_an_unknown_version().await;
    world.confirm(&planned[0].infusion).await.unwrap();
    assert_eq!(world.told_of("InfusionStarted").await, 1);
    world.civil.advance(Duration::from_secs(600));
    world.correct_start(&planned[0].infusion, 60).await.unwrap();
    assert_eq!(world.told_of("InfusionTimeCorrected").await, 1);
    assert_eq!(world.told_of("NotReplanned").await, 2, "said, not silent");
}
