//! A start and a hold in the same moment, many times, with dosing healthy and with dosing standing still in between: a Go that was
//! heard is on the list of what is in flight, was heard before the hold is known to be effective, and a hold does not wait
//! longer for a silent bedside than the permit lives. holds.md H1, H2, H8.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Held, Refusal, Story, Subject};
use tokio::time::{Instant, sleep};

use crate::ready::ready;

/// Of the bus that doubles and shuffles.
const SEED: u64 = 12;
/// How often the two are asked for in the same moment.
const ROUNDS: usize = 24;
/// By how much the hold waits for the start in the first round, and how that changes after each: longer after a start that was
/// refused, shorter after one that was heard, so that the rounds close in on the moment in which either may win.
const FIRST: Duration = Duration::from_millis(10);
const LONGER: f64 = 1.4;
const SHORTER: f64 = 0.8;
/// A permit's life and margin in these houses, and what a busy machine adds.
const AT_THE_LATEST: Duration = Duration::from_millis(2_300 + 3_000);

#[test]
fn of_start_and_hold_in_one_process() -> anyhow::Result<()> {
    play(|| race(Plan::EMBEDDED))
}

#[test]
fn of_start_and_hold_apart() -> anyhow::Result<()> {
    play(|| race(Plan::APART))
}

#[test]
fn of_start_and_hold_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| race(Plan::APART.shuffled(SEED)))
}

#[test]
fn of_a_hold_with_dosing_that_stands_still() -> anyhow::Result<()> {
    play(|| stand_still(Plan::APART))
}

#[test]
fn of_a_hold_with_dosing_that_stands_still_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| stand_still(Plan::APART.shuffled(SEED)))
}

async fn race(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(plan).await? else { return Ok(()) };
    let (mut heard, mut wait) = (0, FIRST);
    for _ in 0..ROUNDS {
        let start = story.start_of(&subject, 1)?;
        let (started, held) = tokio::join!(start.ask(), async {
            sleep(wait).await;
            story.place_hold("a question that came up").await
        });
        let (started, held) = (started?, held?);
        heard += usize::from(started.is_ok());
        wait = wait.mul_f64(if started.is_ok() { SHORTER } else { LONGER });
        judge(&story, &subject, &held, &started)?;
        if started.is_ok() {
            story.abandon(&subject, 1).await?;
        }
        story.release(&held.hold.hold).await?;
        story.hush().await?;
    }
    ensure!((1..ROUNDS).contains(&heard), "{heard} of {ROUNDS} starts were heard: nothing raced");
    close(&story).await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    story.house.verify()?.expect_success()?;
    Ok(())
}

fn judge(
    story: &Story,
    subject: &Subject,
    held: &Held,
    started: &Result<String, Refusal>,
) -> anyhow::Result<()> {
    story.ears.nothing_since(held.known)?;
    match started {
        Ok(permit) => {
            let listed = held.hold.in_flight.iter().any(|flight| flight.permit == *permit);
            ensure!(listed, "{} heard {permit}, which is not in flight: {:?}", subject.id, held.hold);
        }
        Err(refusal) => refusal.names(&held.hold.hold)?,
    }
    Ok(())
}

/// Dosing stands still at some moment of a start. The hold becomes effective within life and margin all the same, and what dosing
/// says when it goes on is too late to be acted on.
async fn stand_still(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(plan).await? else { return Ok(()) };
    for millis in [0, 8, 16, 24, 36, 60] {
        let start = story.start_of(&subject, 1)?;
        let asked = tokio::spawn(start.hear());
        sleep(Duration::from_millis(millis)).await;
        story.house.freeze("dosing")?;
        let begun = Instant::now();
        let held = story.place_hold("the pump room does not answer").await?;
        ensure!(begun.elapsed() < AT_THE_LATEST, "the hold took {:?} to be effective", begun.elapsed());
        story.house.thaw("dosing")?;
        let heard = asked.await.context("the bedside's task")??;
        story.ears.nothing_since(held.known)?;
        if let Ok(permit) = &heard {
            let listed = held.hold.in_flight.iter().any(|flight| flight.permit == *permit);
            ensure!(listed, "{permit} was heard and is not in flight: {:?}", held.hold);
        }
        story.hush().await?;
        story.release(&held.hold.hold).await?;
        story.hush().await?;
        if story.look(&story.infusion(&subject, 1)?).await?.state != "authorized" {
            story.abandon(&subject, 1).await?;
        }
        story.hush().await?;
    }
    // A permit that got lost on its way to dosing is voided; it does not stand in the way for ever.
    until("the dose can be started after all", PATIENCE, async || Ok(story.start(&subject, 1).await?.ok()))
        .await?;
    close(&story).await?;
    story.is_consistent()
}
