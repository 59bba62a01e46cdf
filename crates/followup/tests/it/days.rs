//! What days do by themselves: overdue told once and oldest first, windows that close, days that are not 24 hours long.

use holdpoint_api::followup::v1 as pb;
use prost::Message as _;

use crate::support::{Db, World, on_both_databases};

/// Overdue and missed as told after a row, in order: (what, visit, due).
async fn alerts(world: &World, after: usize) -> Vec<(String, String, String)> {
    let told = world.told(after).await.into_iter();
    told.filter_map(|(kind, data)| match kind.as_str() {
        "ActivityOverdue" => {
            let told = pb::ActivityOverdue::decode(data.as_slice()).unwrap();
            Some(("overdue".to_owned(), told.visit, told.due))
        }
        "ActivityMissed" => {
            let told = pb::ActivityMissed::decode(data.as_slice()).unwrap();
            Some(("missed".to_owned(), told.visit, told.due))
        }
        _ => None,
    })
    .collect()
}

/// Story 36: the process was off for three days across due days; each late alert is told once, the oldest first.
async fn story_36_a_process_that_was_off_tells_everything_once_and_oldest_first(mut world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-08");
    world.look().await;
    let before = world.rows().await;
    world.go("2025-01-11");
    world.restart().await;
    world.look().await;
    let told = alerts(&world, before).await;
    let days: Vec<&str> = told.iter().map(|(_, _, due)| due.as_str()).collect();
    assert!(days.is_sorted(), "{told:?}");
    let vitals: Vec<&str> =
        told.iter().filter(|(_, visit, _)| visit.contains("vital")).map(|(_, _, due)| due.as_str()).collect();
    assert_eq!(
        vitals,
        ["2025-01-08", "2025-01-09", "2025-01-10"],
        "each day that was not seen is missed once"
    );
    let counts: Vec<_> = told.iter().filter(|(_, visit, _)| visit == "before-reconstitution/cbc/1").collect();
    assert_eq!(counts.len(), 1, "the first count of the week was due on the 9th and can still be done");
    assert_eq!(counts[0].0, "overdue");
    let once = world.rows().await;
    world.look().await;
    world.restart().await;
    world.look().await;
    assert_eq!(world.rows().await, once, "nothing is told twice");
    let due = world.list_due("2025-01-11", "2025-01-11", true).await;
    let overdue: Vec<_> = due.iter().map(|due| due.visit.as_ref().unwrap().visit.as_str()).collect();
    assert_eq!(overdue, ["before-reconstitution/cbc/1"]);
}

async fn what_is_due_is_listed_day_by_day(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-12");
    world.look().await;
    let due = world.list_due("2025-01-12", "2025-01-12", false).await;
    let mut names: Vec<_> = due.iter().map(|due| due.visit.as_ref().unwrap().visit.as_str()).collect();
    names.retain(|name| !name.starts_with("baseline/"));
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "before-reconstitution/cbc/1",
            "before-reconstitution/cbc/2",
            "before-reconstitution/coagulation/1",
            "before-reconstitution/liver-kidney/1",
            "before-reconstitution/viruses/1",
            "before-reconstitution/vital-signs/7",
        ]
    );
    let undated = due.iter().filter(|due| due.visit.as_ref().unwrap().due.is_empty()).count();
    assert_eq!(undated, 12, "the baseline is due as long as nobody is allocated");
}

async fn what_came_due_while_nobody_looked_is_listed(world: World) {
    world.transplanted("P-001").await;
    let daily = async |from: &str| {
        let due = world.list_due(from, "2025-03-01", false).await.into_iter();
        let visits = due.filter_map(|one| one.visit).filter(|visit| visit.activity == "vital-signs");
        visits.filter(|visit| visit.due == "2025-03-01").count()
    };
    // The timer slept for two months: the courses stand as they were judged on the first day.
    world.go("2025-03-01");
    assert_eq!(daily("2025-03-01").await, 1);
    world.look().await;
    assert_eq!(daily("2025-03-01").await, 1);
    assert_eq!(daily("2025-02-01").await, 1);
}

/// A phase without a dated end is planned 28 days ahead of the end of the week, and rolls on with the next (semantics 35).
async fn an_open_phase_rolls_on(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-02-14");
    world.milestone("P-001", "pgf", "2025-02-14").await;
    world.hear().await;
    let last = async || {
        let visits = world.schedule("P-001").await.visits;
        visits.into_iter().filter(|visit| visit.phase == "pgf").map(|visit| visit.due).max().unwrap()
    };
    // The week of Friday 14 February ends on the 16th: at least 28 days ahead on each of its days.
    assert_eq!(last().await, "2025-03-16");
    world.go("2025-02-16");
    world.look().await;
    assert_eq!(last().await, "2025-03-16");
    world.go("2025-02-17");
    world.look().await;
    assert_eq!(last().await, "2025-03-23");
}

/// A corrected anchor moves what is planned; a phase that opens again is another opening with names of its own.
async fn a_second_episode_opens_its_phase_again(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-02-14");
    for (id, event, date) in [
        ("m-1", "tpo-ra-stopped", "2025-02-01"),
        ("m-2", "tpo-ra-resumed", "2025-02-08"),
        ("m-3", "tpo-ra-stopped", "2025-02-10"),
    ] {
        world.milestone_as((id, ""), "P-001", event, date, false).await;
    }
    world.counted("P-001", ("r-1", 1), "2025-02-12T08:00", false).await;
    world.hear().await;
    assert_eq!(world.visit("P-001", "tpo-ra-stopped/cbc/1").await.due, "2025-02-04");
    assert_eq!(world.state("P-001", "tpo-ra-stopped.2/cbc/1").await, "done");
    world.milestone_as(("m-4", "m-3"), "P-001", "tpo-ra-stopped", "2025-02-11", false).await;
    world.hear().await;
    let moved = world.visit("P-001", "tpo-ra-stopped.2/cbc/1").await;
    assert_eq!(
        (moved.due.as_str(), moved.state.as_str(), moved.done_on.as_str()),
        ("2025-02-14", "done", "2025-02-12")
    );
}

/// Labs tells an event anew where a correction moved it: the phase moves, and opens no second time.
async fn an_event_that_moved_moves_its_phase(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-02-10");
    world.found("P-001", "reconstitution", "2025-02-03", false).await;
    world.hear().await;
    world.found("P-001", "reconstitution", "2025-02-01", false).await;
    world.hear().await;
    let schedule = world.schedule("P-001").await;
    let opened: Vec<_> = schedule.phases.iter().filter(|phase| phase.phase == "first-year").collect();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].from, "2025-02-01");
    world.found("P-001", "reconstitution", "2025-02-01", true).await;
    world.hear().await;
    assert_eq!(world.state("P-001", "first-year/cbc/1").await, "canceled");
    assert_eq!(world.state("P-001", "before-reconstitution/vital-signs/60").await, "scheduled");
}

/// Story 32: days are the site's, also the day of 25 hours on which clocks go back, and the one of 23.
async fn story_32_days_of_23_and_25_hours_are_days(db: Db) {
    let world = World::at_zone(db, "America/New_York").await;
    world.go("2025-10-20");
    world.screened("P-001").await;
    world.consented("P-001", "2025-10-20").await;
    world.milestone("P-001", "transplant", "2025-10-27").await;
    // Half past midnight and a quarter to midnight of 2 November, the day on which clocks go back.
    world.go("2025-11-02");
    world.counted("P-001", ("r-1", 1), "2025-11-02T00:30", false).await;
    world.counted("P-001", ("r-2", 1), "2025-11-02T23:45", false).await;
    world.counted("P-001", ("r-3", 1), "2025-11-03T00:15", false).await;
    world.hear().await;
    let days: Vec<_> = ["1", "2", "3"].map(|number| format!("before-reconstitution/cbc/{number}")).into();
    let mut done = vec![];
    for name in &days {
        done.push(world.visit("P-001", name).await.done_on);
    }
    // The week of 27 October to 2 November with its day to either side takes both days, and twice on a day is once.
    assert_eq!(done, ["2025-11-02", "2025-11-03", ""]);
    let vitals = world.visit("P-001", "before-reconstitution/vital-signs/8").await;
    assert_eq!(vitals.due, "2025-11-03", "day by day, not by 24 hours");
    // In spring a day has 23 hours: the week's last day is still its seventh.
    assert_eq!(world.visit("P-001", "before-reconstitution/viruses/20").await.due, "2026-03-15");
}

/// Story 33: a holiday moves one visit; the others keep their days, and a move out of the window is not hidden.
async fn story_33_a_moved_visit_moves_no_other(world: World) {
    world.transplanted("P-001").await;
    world.go("2025-01-07");
    let dues = async || {
        let visits = world.schedule("P-001").await.visits.into_iter();
        let others = visits.filter(|visit| visit.visit != "before-reconstitution/viruses/3");
        others.map(|visit| (visit.visit, visit.due)).collect::<Vec<_>>()
    };
    let mut before = dues().await;
    // The third week is 20 to 26 January, a day to either side; the holiday ends on the 29th.
    let deviation = world.reschedule("P-001", "before-reconstitution/viruses/3", "2025-01-29").await.unwrap();
    assert_ne!(deviation, "");
    let mut after = dues().await;
    before.sort();
    after.sort();
    assert_eq!(after, before);
    world.go("2025-01-29");
    world.record(world.activity("P-001", "viruses", "2025-01-29")).await.unwrap();
    assert_eq!(world.visit("P-001", "before-reconstitution/viruses/3").await.done_on, "2025-01-29");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_32_on_sqlite() {
    story_32_days_of_23_and_25_hours_are_days(Db::sqlite().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_32_on_postgres() {
    let Some(db) = Db::postgres() else { return };
    story_32_days_of_23_and_25_hours_are_days(db).await;
}

on_both_databases!(
    story_36_a_process_that_was_off_tells_everything_once_and_oldest_first,
    what_is_due_is_listed_day_by_day,
    what_came_due_while_nobody_looked_is_listed,
    an_open_phase_rolls_on,
    an_event_that_moved_moves_its_phase,
    a_second_episode_opens_its_phase_again,
    story_33_a_moved_visit_moves_no_other,
);
