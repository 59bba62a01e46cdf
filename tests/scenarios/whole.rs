//! Whole trials on every kind of house: on one process, on one process a service with PostgreSQL and NATS, with every event twice
//! and shuffled, and with each service killed -9 in turn. Promises are kept in each, each counts what an undisturbed run counts,
//! and what is in the journals is what was written.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::demo::{self, Hands, Options, Summary};
use holdpoint_chassis::clock::{CivilClock as _, FileCivilClock};
use holdpoint_system_tests::house::{House, Plan};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{AUDITOR, moment};
use serde_json::Value;

/// The seed of the stories.
const SEED: u64 = 5;

/// A trial as it is played here, and when each service is killed in the runs that kill.
#[derive(Clone, Copy)]
struct Tale {
    trial: &'static str,
    /// So many are allocated; the file's number where none.
    size: Option<u32>,
    /// The story breaks off after so many days; it is told to the last visit where none.
    days: Option<u32>,
    /// Once each, on a day on which there is something to lose.
    killed: [(&'static str, &'static str); 5],
}

/// The first trial until everybody is treated, the evening is over and responses are assessed: candidates come, counts are sent,
/// infusions begin, permits are given, visits are written down.
const GRAFT: Tale = Tale {
    trial: "pgf-msc",
    size: Some(4),
    days: Some(90),
    killed: [
        ("enrollment", "2026-01-14"),
        ("labs", "2026-01-17"),
        ("dosing", "2026-01-21"),
        ("safety", "2026-01-24"),
        ("followup", "2026-02-03"),
    ],
};

/// An escalation until its second group is open and treated: a week between participants, and the board decides on the group.
const ESCALATION: Tale = Tale {
    trial: "nct01609283",
    size: Some(6),
    days: Some(150),
    killed: [
        ("enrollment", "2026-01-26"),
        ("labs", "2026-02-02"),
        ("dosing", "2026-02-09"),
        ("followup", "2026-02-16"),
        ("safety", "2026-03-30"),
    ],
};

#[test]
fn every_house_counts_the_same() -> anyhow::Result<()> {
    let shuffled = Plan::EMBEDDED.shuffled(SEED);
    play(move || as_undisturbed(GRAFT, vec![(Plan::APART, false), (shuffled, false)]))
}

#[test]
fn with_each_service_killed_in_turn() -> anyhow::Result<()> {
    play(|| as_undisturbed(GRAFT, vec![(Plan::APART, true)]))
}

#[test]
fn an_escalation_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| as_undisturbed(ESCALATION, vec![(Plan::EMBEDDED.shuffled(SEED), false)]))
}

#[test]
fn an_escalation_with_each_service_killed_in_turn() -> anyhow::Result<()> {
    play(|| as_undisturbed(ESCALATION, vec![(Plan::APART, true)]))
}

#[test]
#[ignore = "the whole of it takes an unoptimized build more than an hour: run by hand, with --release"]
fn all_of_it_with_each_service_killed_in_turn() -> anyhow::Result<()> {
    play(|| as_undisturbed(Tale { size: None, days: None, ..GRAFT }, vec![(Plan::APART, true)]))
}

#[test]
#[ignore = "the whole of it takes an unoptimized build long: run by hand, with --release"]
fn all_of_an_escalation_with_each_service_killed_in_turn() -> anyhow::Result<()> {
    play(|| as_undisturbed(Tale { size: None, days: None, ..ESCALATION }, vec![(Plan::APART, true)]))
}

/// Plays it undisturbed in one process, and then in other houses, in which each service is killed or none: all count the same.
async fn as_undisturbed(tale: Tale, houses: Vec<(Plan, bool)>) -> anyhow::Result<()> {
    let undisturbed = whole(tale, Plan::EMBEDDED, false).await?.context("one process needs no server")?;
    let undisturbed = comparable(&undisturbed)?;
    for (plan, kill) in houses {
        let Some(found) = whole(tale, plan, kill).await? else { continue };
        let found = comparable(&found)?;
        ensure!(found == undisturbed, "an undisturbed run counts\n{undisturbed}\nand this one\n{found}");
    }
    Ok(())
}

/// Plays it and answers what it counts; none where this machine lacks a server that the house needs.
async fn whole(tale: Tale, plan: Plan, kill: bool) -> anyhow::Result<Option<Summary>> {
    let Some(mut house) = House::open(plan, demo::opening()?).await? else { return Ok(None) };
    let options = Options {
        seed: SEED,
        trial: tale.trial.to_owned(),
        short: false,
        size: tale.size,
        days: tale.days,
        store: None,
        bus: "local".to_owned(),
        quiet: true,
    };
    let desk = house.desk()?;
    let hands = Hands::File(house.clock_file(), demo::opening()?);
    let played = if kill {
        let story = Box::pin(demo::play(&desk, hands, &options));
        let (played, ()) = tokio::try_join!(story, kill_each(&mut house, tale))?;
        played
    } else {
        Box::pin(demo::play(&desk, hands, &options)).await?
    };
    promises(&played.counts, tale)?;
    house.report(tale.trial, AUDITOR, &[])?.expect_success()?;
    house.stop_all().await?;
    house.verify()?.expect_success()?;
    Ok(Some(played.counts))
}

/// Kills each service once its day has come, and starts it again.
async fn kill_each(house: &mut House, tale: Tale) -> anyhow::Result<()> {
    let clock = FileCivilClock::open(house.clock_file())?;
    for (service, day) in tale.killed {
        let from = moment(&format!("{day}T00:00"))?;
        while clock.now() < from {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        house.kill(service)?;
        house.start(service).await.with_context(|| format!("{service} starts again"))?;
    }
    Ok(())
}

/// What holds of every run, whatever went wrong on the way.
fn promises(counts: &Summary, tale: Tale) -> anyhow::Result<()> {
    let whole = counts.whole.as_ref().context("the whole trial has its counts")?;
    let randomized: u64 = counts.randomized.values().sum();
    ensure!(tale.size.is_none_or(|size| randomized == u64::from(size)), "everyone is allocated: {counts:?}");
    ensure!(whole.screened >= randomized, "everyone was screened: {counts:?}");
    ensure!(counts.infusions.started_after_effective == 0, "nothing started under a hold: {counts:?}");
    ensure!(counts.infusions.completed == counts.infusions.planned, "every infusion was given: {counts:?}");
    ensure!(counts.infusions.refused_by_hold > 0, "the evening was played: {counts:?}");
    ensure!(counts.holds.released == counts.holds.placed, "every hold ended: {counts:?}");
    ensure!(whole.visits.done > 0, "visits were done: {counts:?}");
    ensure!(
        whole.visits.due >= whole.visits.done + whole.visits.missed,
        "what was done fell due: {counts:?}"
    );
    let assessed: u64 = whole.responses.values().flat_map(|by| by.values()).sum();
    ensure!(assessed == randomized || whole.responses.is_empty(), "everyone has a category: {counts:?}");
    Ok(())
}

/// The counts without journal rows, duplicates and times: what is asked twice because nobody answered is written, and heard, twice.
fn comparable(counts: &Summary) -> anyhow::Result<Value> {
    let mut counts = serde_json::to_value(counts)?;
    let parts = counts.as_object_mut().context("the counts are an object")?;
    for aside in ["journal", "wall_s", "report_to_effective_ms"] {
        parts.remove(aside).with_context(|| format!("the counts have {aside}"))?;
    }
    let results = parts.get_mut("results").and_then(Value::as_object_mut).context("results are counted")?;
    results.remove("duplicates").context("duplicates are counted")?;
    Ok(counts)
}
