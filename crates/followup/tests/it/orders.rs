//! Sources are heard in any order: the schedule that comes of it is the same, and what is heard again changes nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Db, World};

/// Visits of the plan that stands, with their days and states: what an earlier plan asked for tells how it came about.
type Plan = BTreeMap<String, (String, String, String)>;

async fn plan(world: &World) -> Plan {
    let visits = world.schedule("P-001").await.visits.into_iter();
    let asked = visits.filter(|visit| visit.state != "canceled" && !visit.reason.starts_with("the plan"));
    asked.map(|visit| (visit.visit, (visit.due, visit.state, visit.done_on))).collect()
}

/// Each source tells its part of one story; then followup hears the sources in rounds of these orders.
async fn told(rounds: &[Vec<&'static str>]) -> Plan {
    let world = World::new(Db::sqlite().unwrap()).await;
    let all = |round: &Vec<&'static str>| [round[0], round[1], round[2], round[3]];
    let mut rounds = rounds.iter();
    world.go("2025-01-02");
    world.screened("P-001").await;
    world.counted("P-001", ("r-1", 1), "2025-01-07T08:00", false).await;
    world.consented("P-001", "2025-01-01").await;
    world.hear_in(all(rounds.next().unwrap())).await;
    world.go("2025-02-14");
    world.milestone("P-001", "transplant", "2025-01-06").await;
    world.milestone("P-001", "pgf", "2025-02-12").await;
    world.counted("P-001", ("r-2", 1), "2025-02-13T08:00", false).await;
    world.counted("P-001", ("r-1", 2), "2025-01-08T08:00", false).await;
    world.randomized("P-001", "msc", world.local("2025-02-14T09:00")).await;
    world.infusion_planned("P-001", 1, world.local("2025-02-15T10:00")).await;
    world.hear_in(all(rounds.next().unwrap())).await;
    world.go("2025-03-01");
    world.infused("P-001", 1, world.local("2025-02-15T10:05")).await;
    world.found("P-001", "reconstitution", "2025-02-24", false).await;
    world.found("P-001", "reconstitution", "2025-02-24", true).await;
    world.found("P-001", "reconstitution", "2025-02-26", false).await;
    world.milestone_as(("m-9", "m-transplant"), "P-001", "transplant", "2025-01-07", false).await;
    world.counted("P-001", ("r-3", 1), "2025-02-28T08:00", false).await;
    world.hear_in(all(rounds.next().unwrap())).await;
    world.look().await;
    plan(&world).await
}

fn order() -> impl Strategy<Value = Vec<&'static str>> {
    Just(vec!["enrollment", "labs", "dosing", "safety"]).prop_shuffle()
}

#[test]
fn sources_in_any_order_end_in_the_same_schedule() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let usual = vec!["enrollment", "labs", "dosing", "safety"];
    let expected = runtime.block_on(told(&[usual.clone(), usual.clone(), usual]));
    assert!(expected.values().any(|(_, state, _)| state == "done"));
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    runner
        .run(&[order(), order(), order()], |rounds| {
            let found = runtime.block_on(told(&rounds));
            prop_assert_eq!(&found, &expected);
            Ok(())
        })
        .unwrap();
}

/// Planning again on the same anchors changes nothing and tells nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_anchors_plan_nothing_anew() {
    let world = World::new(Db::sqlite().unwrap()).await;
    world.transplanted("P-001").await;
    let (before, rows) = (world.schedule("P-001").await, world.rows().await);
    world.milestone_as(("m-5", "m-transplant"), "P-001", "transplant", "2025-01-06", false).await;
    world.milestone("P-001", "infection", "2025-01-01").await;
    world.hear().await;
    assert_eq!(world.schedule("P-001").await, before);
    assert_eq!(world.rows().await, rows);
}
