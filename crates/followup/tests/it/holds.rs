//! Holds freeze treatment visits and never safety visits; ending treatment keeps follow-up; leaving the study ends it.

use holdpoint_api::followup::v1 as pb;
use prost::Message as _;

use crate::support::{World, code, on_both_databases};

async fn treated(world: &World) {
    world.transplanted("P-001").await;
    world.go("2025-02-14");
    world.milestone("P-001", "pgf", "2025-02-14").await;
    world.randomized("P-001", "msc", world.local("2025-02-15T09:00")).await;
    for (number, day) in [(1, "17"), (2, "24")] {
        world.infusion_planned("P-001", number, world.local(&format!("2025-02-{day}T10:00"))).await;
    }
    world.hear().await;
}

async fn a_hold_freezes_treatment_visits_and_never_safety_visits(world: World) {
    treated(&world).await;
    world.go("2025-02-17");
    world.infused("P-001", 1, world.local("2025-02-17T10:00")).await;
    world.hear().await;
    world.look().await;
    world.hold_placed("h-1").await;
    world.hear().await;
    assert!(world.visit("P-001", "msc/infusion/2").await.frozen);
    let schedule = world.schedule("P-001").await;
    let frozen = schedule.visits.iter().filter(|visit| visit.frozen).count();
    assert_eq!(frozen, 1, "nothing but the infusion stands still");
    let (_, check) = world.told(0).await.into_iter().find(|(kind, _)| kind == "HoldChecked").unwrap();
    let check = pb::HoldChecked::decode(check.as_slice()).unwrap();
    let waiting =
        schedule.visits.iter().filter(|visit| visit.state == "scheduled" && visit.activity != "infusion");
    assert_eq!(check.frozen, ["P-001 infusion 2"]);
    assert_eq!(usize::try_from(check.safety_visits).unwrap(), waiting.count());
    // What stands still is not overdue, and a safety visit is missed as ever.
    world.go("2025-03-01");
    world.look().await;
    assert_eq!(world.state("P-001", "before-reconstitution/vital-signs/50").await, "missed");
    assert!(
        world.list_due("2025-03-01", "2025-03-01", true).await.iter().all(|due| due
            .visit
            .as_ref()
            .unwrap()
            .activity
            != "infusion")
    );
    world.hold_released("h-1").await;
    world.hear().await;
    assert!(!world.visit("P-001", "msc/infusion/2").await.frozen);
    assert_eq!(code(&world.mark("P-001", "msc/infusion/2", "missed").await.unwrap_err()), "FUP-0021");
}

/// Story 35: suspended or withdrawn from dosing, day 28 and day 100 remain.
async fn story_35_ending_treatment_keeps_every_safety_visit(world: World) {
    treated(&world).await;
    let asked = |schedule: pb::Schedule| {
        let others = schedule.visits.into_iter().filter(|visit| visit.activity != "infusion");
        others.map(|visit| (visit.visit, visit.due, visit.state)).collect::<Vec<_>>()
    };
    let before = asked(world.schedule("P-001").await);
    world.hold_placed("h-1").await;
    world.discontinued("P-001", "treatment", "leave-unsuitable").await;
    world.hear().await;
    assert_eq!(asked(world.schedule("P-001").await), before);
    // Days 28 (3 February) and 100 (16 April) after the transplant of 6 January.
    for (day, name) in [
        ("2025-02-03", "before-reconstitution/vital-signs/29"),
        ("2025-04-16", "before-reconstitution/vital-signs/101"),
    ] {
        let visit = world.visit("P-001", name).await;
        assert_eq!(visit.due, day);
        assert_ne!(visit.state, "canceled");
    }
    assert_eq!(world.state("P-001", "msc/infusion/1").await, "canceled");
    let reason = world.visit("P-001", "msc/infusion/2").await.reason;
    assert_eq!(reason, "rule leave-unsuitable");
}

async fn leaving_the_study_cancels_what_waits_with_its_reason(world: World) {
    treated(&world).await;
    world.go("2025-03-03");
    world.discontinued("P-001", "study", "leave-choice").await;
    world.hear().await;
    world.go("2025-03-10");
    world.look().await;
    let visits = world.schedule("P-001").await.visits;
    assert!(visits.iter().all(|visit| visit.state != "scheduled"));
    let last = world.visit("P-001", "long-term/cbc/3.3").await;
    assert_eq!(
        (last.state.as_str(), last.reason.as_str()),
        ("canceled", "the study ended: rule leave-choice")
    );
    let counts = world.count().await;
    assert_eq!(counts.due, counts.missed + counts.done);
    assert!(counts.canceled > 400);
}

async fn a_death_that_was_withdrawn_brings_the_schedule_back(world: World) {
    world.transplanted("P-001").await;
    let before: Vec<_> = world.schedule("P-001").await.visits.into_iter().map(|visit| visit.visit).collect();
    world.milestone("P-001", "death", "2025-01-02").await;
    world.hear().await;
    assert_eq!(world.state("P-001", "long-term/cbc/1.1").await, "canceled");
    world.milestone_as(("m-2", "m-death"), "P-001", "death", "2025-01-02", true).await;
    world.hear().await;
    let after: Vec<_> = world.schedule("P-001").await.visits.into_iter().map(|visit| visit.visit).collect();
    assert_eq!(after, before);
    let back = world.visit("P-001", "long-term/cbc/1.1").await;
    assert_eq!(back.state, "scheduled");
    let states: Vec<_> = back.history.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states, ["canceled", "scheduled"]);
}

async fn an_infusion_that_nothing_limits_stands_in_the_calendar(world: World) {
    treated(&world).await;
    world.infusion_planned_until("P-001", 3, world.local("2025-03-03T10:00"), None).await;
    world.hear().await;
    let visit = world.visit("P-001", "msc/infusion/3").await;
    assert_eq!((visit.due.as_str(), visit.latest.as_str()), ("2025-03-03", ""));
    world.infused("P-001", 3, world.local("2025-06-03T10:00")).await;
    world.hear().await;
    assert_eq!(world.state("P-001", "msc/infusion/3").await, "done");
}

on_both_databases!(
    an_infusion_that_nothing_limits_stands_in_the_calendar,
    a_hold_freezes_treatment_visits_and_never_safety_visits,
    story_35_ending_treatment_keeps_every_safety_visit,
    leaving_the_study_cancels_what_waits_with_its_reason,
    a_death_that_was_withdrawn_brings_the_schedule_back,
);
