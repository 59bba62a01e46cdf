//! A service restored from a copy an hour older: the trial comes up held for reconciliation, and from the restart on nobody
//! hears a Go. holds.md, "A service that went back in time", H7.

use anyhow::ensure;
use holdpoint_api::safety::v1::{HoldKind, HoldView};
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Held, Story, Subject};
use tokio::time::Instant;

#[test]
fn safety_restored_in_one_process_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED, "safety"))
}

#[test]
fn safety_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "safety"))
}

#[test]
fn dosing_restored_in_one_process_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED, "dosing"))
}

#[test]
fn dosing_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "dosing"))
}

/// An hour of work that only the neighbors remember: a hold of a person, and an infusion before it.
async fn restored(plan: Plan, service: &str) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(3, 0).await?;
    story.lot().await?;
    let [first, second, third] = [0, 1, 2].map(|at| story.treated[at].clone());
    for subject in [&first, &second, &third] {
        story.plan(subject, "2026-03-11T10:00").await?;
    }
    story.at("2026-03-11T10:00")?;
    story.prepare(&third, 1).await?;
    story.give(&[first], 1).await?;
    story.house.stop(service).await?;
    let copy = story.house.copy(service).await?;
    story.house.start(service).await?;
    story.later(60)?;
    a_start(&mut story, &second).await?;
    let held = story.place_hold("a person's hold that the copy does not know").await?;
    story.hush().await?;
    story.house.stop(service).await?;
    story.house.restore(&copy).await?;
    let up_again = Instant::now();
    story.house.start(service).await?;
    let reconciliation = comes_up_held(&mut story, &third).await?;
    story.ears.nothing_since(up_again)?;
    if service == "dosing" {
        the_forgotten_dose_is_not_given_again(&mut story, &reconciliation, &held, [&second, &third]).await?;
    }
    Ok(())
}

/// Dosing forgot a dose that was started. Safety has not: after all holds are released the dose cannot be started again,
/// and another can (H10).
async fn the_forgotten_dose_is_not_given_again(
    story: &mut Story,
    reconciliation: &HoldView,
    held: &Held,
    [given, other]: [&Subject; 2],
) -> anyhow::Result<()> {
    let known = story.people.hold(&held.hold.hold).await?;
    ensure!(known.is_some_and(|hold| hold.state == "effective"), "the person's hold stands");
    story.hush().await?;
    story.reconcile(&reconciliation.hold, "one dose of the last hour is missing here; it was given").await?;
    story.release(&held.hold.hold).await?;
    story.hush().await?;
    let what = "another dose can be started after the reconciliation";
    until(what, PATIENCE, async || Ok(story.start(other, 1).await?.ok())).await?;
    story.prepare(given, 1).await?;
    let again = story.start(given, 1).await?;
    ensure!(again.is_err(), "a dose that was given in the gap was started again: {again:?}");
    Ok(())
}

/// The first permit after safety's restart waits for the peers' heads, so a refusal is asked again.
async fn a_start(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    story.prepare(subject, 1).await?;
    until("a start after the restart", PATIENCE, async || Ok(story.start(subject, 1).await?.ok())).await
}

/// Every start is refused until, and when, the hold for reconciliation is there.
async fn comes_up_held(story: &mut Story, subject: &Subject) -> anyhow::Result<HoldView> {
    until("the trial is held for reconciliation", PATIENCE, async || {
        if story.start(subject, 1).await?.is_ok() {
            anyhow::bail!("a start was let through after the restore");
        }
        let holds = story.people.holds().await?;
        let held = |hold: &HoldView| hold.kind() == HoldKind::Reconciliation && hold.state != "released";
        Ok(holds.into_iter().find(held))
    })
    .await
}
