//! A machine that stands still, and clocks that jump: a permit that dosing held while time went on says no Go, by whichever clock
//! ran; a hold is neither effective sooner nor lifted. reliability.md F19, F20; holds.md steps 4 and 6, H1, H3.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::client::heads;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::story::{Refusal, Story, Subject, TRIAL};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::ready::{starts_after_all, tale};

/// Dosing's own refusal where a permit's life was over before the Go could be said.
const LIFE_OVER: &str = "DOS-0013";
/// Longer than a permit's life in these houses.
const A_LIFE: Duration = Duration::from_secs(3);
const HOUR: i64 = 3_600;

#[test]
fn f20_dosing_that_stood_still_with_a_fresh_permit_says_no_go() -> anyhow::Result<()> {
    tale(Plan::APART, async |story, subject| stood_still(story, subject, A_LIFE).await)
}

#[test]
#[ignore = "stands still for a minute: run by hand"]
fn f20_dosing_that_stood_still_for_a_minute_with_a_fresh_permit_says_no_go() -> anyhow::Result<()> {
    tale(Plan::APART, async |story, subject| stood_still(story, subject, Duration::from_secs(60)).await)
}

#[test]
fn f19_f20_clocks_that_jump_or_stand_lend_a_permit_no_life() -> anyhow::Result<()> {
    tale(Plan::APART, no_life)
}

#[test]
fn f19_clocks_that_jump_lift_no_hold_and_hasten_none() -> anyhow::Result<()> {
    tale(Plan::APART, no_hold)
}

/// Dosing, armed to stand at this moment of a start for so long.
async fn slow_after_the_permit(story: &mut Story, millis: u128) -> anyhow::Result<()> {
    story.house.kill("dosing")?;
    story.house.start_armed("dosing", &format!("dosing.start.permitted=1*sleep({millis})")).await?;
    story.hush().await
}

type Asked = JoinHandle<anyhow::Result<Result<String, Refusal>>>;

/// Asks, and answers when safety has given the permit: dosing stands with it.
async fn permitted(story: &mut Story, subject: &Subject) -> anyhow::Result<Asked> {
    let place = ("safety".to_owned(), TRIAL.to_owned());
    let before = heads(&story.people.auditor).await?[&place].number;
    let asked = tokio::spawn(story.start_of(subject, 1)?.hear());
    until("safety has given the permit", PATIENCE, async || {
        let given = heads(&story.people.auditor).await?[&place].number > before;
        Ok(given.then_some(()))
    })
    .await?;
    Ok(asked)
}

async fn said_no_go(asked: Asked, what: &str) -> anyhow::Result<()> {
    let refusal = asked.await??.err().with_context(|| format!("{what}: a Go was heard"))?;
    ensure!(refusal.code == LIFE_OVER, "{what}: dosing itself refuses, for the life: {refusal:?}");
    Ok(())
}

async fn stood_still(story: &mut Story, [subject]: [Subject; 1], so_long: Duration) -> anyhow::Result<()> {
    slow_after_the_permit(story, 1_000).await?;
    let asked = permitted(story, &subject).await?;
    story.house.freeze("dosing")?;
    sleep(so_long).await;
    story.house.thaw("dosing")?;
    if so_long < Duration::from_secs(10) {
        said_no_go(asked, "after SIGCONT").await?;
    } else {
        // The caller's own deadline was over before; whatever dosing says is heard by nobody.
        ensure!(asked.await??.is_err(), "a Go was heard after a minute");
    }
    starts_after_all(story, &subject).await
}

/// Wall forward: it ran further. Wall back: the boot clock ran. Boot still: the wall ran.
async fn no_life(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    let life = A_LIFE.as_millis();
    for (what, wall, boot_stands, stands) in [
        ("the wall an hour on", HOUR, false, 500),
        ("the wall an hour back", -HOUR, false, life),
        ("the boot clock still", 0, true, life),
    ] {
        slow_after_the_permit(story, stands).await?;
        let asked = permitted(story, &subject).await?;
        story.house.askew(wall, boot_stands)?;
        said_no_go(asked, what).await?;
        story.house.askew(0, false)?;
        story.fresh_tokens()?;
    }
    story.house.kill("dosing")?;
    story.house.start("dosing").await?;
    starts_after_all(story, &subject).await
}

/// A hold waits for a Go that nobody acknowledges, and then stands, while the wall's clock jumps by an hour, on and back.
async fn no_hold(story: &mut Story, [out, subject]: [Subject; 2]) -> anyhow::Result<()> {
    for wall in [HOUR, -HOUR] {
        let go = story.start_of(&out, 1)?.hear().await?;
        ensure!(go.is_ok(), "a Go is out: {go:?}");
        let begun = Instant::now();
        let hold = story.people.place_hold(&format!("the wall moves by {wall} s")).await?.hold;
        story.house.askew(wall, false)?;
        story.fresh_tokens()?;
        let held = story.people.effective(&hold).await?;
        ensure!(
            begun.elapsed() >= Duration::from_millis(1_900),
            "{wall} s: effective after {:?}",
            begun.elapsed()
        );
        ensure!(held.hold.in_flight.len() == 1, "the Go is in flight: {:?}", held.hold);
        ensure!(story.start(&subject, 1).await?.is_err(), "{wall} s: a start under the hold");
        story.house.askew(0, false)?;
        story.fresh_tokens()?;
        until("the refusal names the hold", PATIENCE, async || {
            let refusal = story.start(&subject, 1).await?.err().context("a start under the hold")?;
            Ok(refusal.names(&hold).is_ok().then_some(()))
        })
        .await?;
        story.ears.nothing_since(held.known)?;
        story.release(&hold).await?;
        story.hush().await?;
        story.abandon(&out, 1).await?;
    }
    starts_after_all(story, &subject).await
}
