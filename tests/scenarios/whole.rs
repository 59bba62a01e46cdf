//! The whole trial on every kind of house: on one process, on one process a service with PostgreSQL and NATS, with every event twice
//! and shuffled, and with each service killed -9 in turn. Promises are kept in each; what is in the journals is what was written.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::demo::{self, Hands, Options, Summary};
use holdpoint_chassis::clock::{CivilClock as _, FileCivilClock};
use holdpoint_system_tests::house::{House, Plan, SERVICES};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{AUDITOR, moment};

const SEED: u64 = 5;
/// So many are allocated: the full size takes an unoptimized build longer than a test may.
const SIZE: u32 = 12;
/// A service is killed on each of these days, in the order of the services.
const KILLED: [&str; 5] = ["2026-01-20", "2026-01-29", "2026-02-07", "2026-02-16", "2026-03-01"];

#[test]
#[ignore = "five civil years take many minutes: run by hand"]
fn in_one_process() -> anyhow::Result<()> {
    play(|| whole(Plan::EMBEDDED, false))
}

#[test]
#[ignore = "five civil years take many minutes: run by hand"]
fn one_process_a_service() -> anyhow::Result<()> {
    play(|| whole(Plan::APART, false))
}

#[test]
#[ignore = "five civil years take many minutes: run by hand"]
fn in_one_process_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| whole(Plan::EMBEDDED.shuffled(SEED), false))
}

#[test]
#[ignore = "five civil years take many minutes: run by hand"]
fn with_each_service_killed_in_turn() -> anyhow::Result<()> {
    play(|| whole(Plan::APART, true))
}

async fn whole(plan: Plan, kill: bool) -> anyhow::Result<()> {
    let Some(mut house) = House::open(plan, demo::opening()?).await? else { return Ok(()) };
    let options = Options {
        seed: SEED,
        trial: "pgf-msc".to_owned(),
        short: false,
        size: Some(SIZE),
        store: None,
        bus: "local".to_owned(),
        quiet: true,
    };
    let desk = house.desk()?;
    let hands = Hands::File(house.clock_file(), demo::opening()?);
    let played = if kill {
        let story = Box::pin(demo::play(&desk, hands, &options));
        let (played, killed) = tokio::join!(story, kill_each(&mut house));
        killed?;
        played?
    } else {
        Box::pin(demo::play(&desk, hands, &options)).await?
    };
    promises(&played.counts)?;
    house.report("pgf-msc", AUDITOR, &[])?.expect_success()?;
    house.stop_all().await?;
    house.verify()?.expect_success()?;
    Ok(())
}

/// Kills each service once its day has come, and starts it again.
async fn kill_each(house: &mut House) -> anyhow::Result<()> {
    let clock = FileCivilClock::open(house.clock_file())?;
    for (service, day) in SERVICES.into_iter().zip(KILLED) {
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
fn promises(counts: &Summary) -> anyhow::Result<()> {
    let whole = counts.whole.as_ref().context("the whole trial has its counts")?;
    ensure!(counts.randomized.values().sum::<u64>() == u64::from(SIZE), "everyone is allocated: {counts:?}");
    ensure!(whole.screened > u64::from(SIZE), "some are not eligible: {counts:?}");
    ensure!(counts.infusions.started_after_effective == 0, "nothing started under a hold: {counts:?}");
    ensure!(counts.infusions.completed == counts.infusions.planned, "every infusion was given: {counts:?}");
    ensure!(counts.holds.released == counts.holds.placed, "every hold ended: {counts:?}");
    ensure!(whole.visits.due == whole.visits.done + whole.visits.missed, "no visit is forgotten: {counts:?}");
    let assessed: u64 = whole.responses.values().flat_map(|by| by.values()).sum();
    ensure!(assessed == u64::from(SIZE), "everyone has a category: {counts:?}");
    Ok(())
}
