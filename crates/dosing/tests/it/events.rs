//! Whatever the bus does, dosing ends in the same state: every event twice, shuffled, late, some lost.

use std::time::Duration;

use holdpoint_bus::Shuffled;
use holdpoint_journal::{Chain, Relay};
use tokio_util::sync::CancellationToken;

use crate::support::{TRIAL, World, on_both_databases};

on_both_databases!(duplicates_and_disorder_change_nothing);

async fn duplicates_and_disorder_change_nothing(mut world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.bus = std::sync::Arc::new(Shuffled::new(holdpoint_bus::Local::default(), 7).losing_one_in(5));
    world.restart().await;
    let stop = CancellationToken::new();
    let mut running = tokio::task::JoinSet::new();
    for store in [world.enrollment.clone(), world.safety.clone()] {
        let machine = world.service.ctx.machine.clone();
        running.spawn(Relay::new(store, world.bus.clone(), machine).run(stop.clone()));
    }
    running.spawn(world.service.safety.clone().run(stop.clone()));
    running.spawn(world.service.enrollment.clone().run(stop.clone()));
    for round in 0..6 {
        world.hold_untold(&format!("h-{round}")).await;
        world.weighed_by_enrollment("P-002", &format!("7{round}")).await;
        if round % 2 == 0 {
            world.release_untold(&format!("h-{round}")).await;
        }
    }
    let level = async {
        for (source, store) in [("safety", &world.safety), ("enrollment", &world.enrollment)] {
            let chain = Chain::trial(TRIAL);
            let head = store.head(&chain).await.unwrap();
            while world.service.ctx.store.cursor(source, &chain).await.unwrap() != head {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), level).await.expect("dosing hears all");
    stop.cancel();
    while running.join_next().await.is_some() {}
    assert_eq!(world.told_of("HoldChecked").await, 6, "one check a hold");
    let held = world.get(&planned[0].infusion).await;
    assert_eq!(held.frozen_by, ["h-1", "h-3", "h-5"]);
    let first = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!(crate::support::holds_of(&first), ["h-1", "h-3", "h-5"]);
}
