//! A service restored from a copy an hour older: the trial comes up held for reconciliation, and from the restart on nobody
//! hears a Go. holds.md, "A service that went back in time", H7; reliability.md F24.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_api::safety::v1::{HoldKind, HoldView};
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, Subject, TRIAL};
use tokio::time::Instant;

/// Of the bus that doubles and shuffles.
const SEED: u64 = 13;
/// A restored safety may have forgotten permits of the longest life there is, 30 s, with its margin of 0.5 s: no hold is
/// effective before they are over (holds.md). Then as long as anything may take.
const TO_BE_EFFECTIVE: Duration = Duration::from_millis(30_500).saturating_add(PATIENCE);

#[test]
fn f24_safety_restored_in_one_process_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED, "safety"))
}

#[test]
fn f24_safety_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "safety"))
}

#[test]
fn f24_dosing_restored_in_one_process_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED, "dosing"))
}

#[test]
fn f24_dosing_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "dosing"))
}

#[test]
fn f24_enrollment_restored_in_one_process_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED, "enrollment"))
}

#[test]
fn f24_enrollment_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "enrollment"))
}

#[test]
fn f24_safety_restored_with_every_event_twice_and_shuffled_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART.shuffled(SEED), "safety"))
}

#[test]
fn f24_dosing_restored_with_every_event_twice_and_shuffled_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::EMBEDDED.shuffled(SEED), "dosing"))
}

#[test]
fn f24_enrollment_restored_with_every_event_twice_and_shuffled_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART.shuffled(SEED), "enrollment"))
}

#[test]
fn f24_labs_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "labs"))
}

#[test]
fn f24_followup_restored_apart_is_held() -> anyhow::Result<()> {
    play(|| restored(Plan::APART, "followup"))
}

/// An hour of work that only the neighbors remember: an infusion, an allocation, and a hold of a person after them. The trial
/// comes up held, and goes on when people have reconciled it.
async fn restored(plan: Plan, service: &str) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(4, 2).await?;
    story.lot().await?;
    let treated: Vec<Subject> = story.treated.clone();
    for subject in &treated {
        story.plan(subject, "2026-03-11T10:00").await?;
    }
    story.at("2026-03-11T10:00")?;
    story.prepare(&treated[2], 1).await?;
    story.give(&treated[..1], 1).await?;
    story.house.stop(service).await?;
    let copy = story.house.copy(service).await?;
    story.house.start(service).await?;
    story.later(60)?;
    a_start(&mut story, &treated[1]).await?;
    an_allocation(&mut story, 0).await?;
    let held = story.place_hold("a person's hold that the copy may not know").await?;
    story.hush().await?;
    story.house.stop(service).await?;
    story.house.restore(&copy).await?;
    let up_again = Instant::now();
    story.house.start(service).await?;
    let reconciliation = comes_up_held(&mut story, service, &treated[2]).await?;
    story.ears.nothing_since(up_again)?;
    is_reconciled(&mut story, service, &reconciliation).await?;
    story.release(&held.hold.hold).await?;
    story.hush().await?;
    goes_on(&mut story, service, &treated).await?;
    the_gap_is_told(&mut story, service).await
}

/// The hold becomes effective, two people sign it with a statement, and only then is it released; the person's hold, which a
/// restored safety had forgotten, stands.
async fn is_reconciled(story: &mut Story, service: &str, reconciliation: &HoldView) -> anyhow::Result<()> {
    let id = &reconciliation.hold;
    until("the reconciliation hold is effective", TO_BE_EFFECTIVE, async || {
        let found = story.people.hold(id).await?;
        Ok(found.filter(|hold| hold.state == "effective"))
    })
    .await?;
    story.hush().await?;
    story.reconcile(id, "the hour was gone through on paper; what was done in it is known").await?;
    story.hush().await?;
    let standing = story.people.holds().await?;
    let standing: Vec<_> = standing.iter().filter(|hold| hold.state != "released").collect();
    ensure!(standing.len() == 1, "{service}: one hold stands after the reconciliation: {standing:?}");
    ensure!(standing[0].state == "effective", "the person's hold stands: {standing:?}");
    Ok(())
}

/// Another dose and another allocation can be had; what was done in the gap cannot be done again, whoever forgot it (H10).
async fn goes_on(story: &mut Story, service: &str, treated: &[Subject]) -> anyhow::Result<()> {
    let [_, given, other, last] = treated else { anyhow::bail!("four were treated") };
    let what = format!("another dose can be started after {service} was reconciled");
    until(&what, PATIENCE, async || Ok(story.start(other, 1).await?.ok())).await?;
    a_start(story, last).await?;
    if service == "dosing" {
        story.prepare(given, 1).await?;
        let again = story.start(given, 1).await?;
        ensure!(again.is_err(), "a dose that was given in the gap was started again: {again:?}");
    }
    let shown = story.waiting[0].id.clone();
    let again = story.randomize(&shown).await;
    ensure!(!matches!(again, Ok(Ok(_))), "an allocation that was shown in the gap was shown anew: {again:?}");
    an_allocation(story, 1).await
}

/// Verification with peers ends well, and tells the reader where which rows were lost.
async fn the_gap_is_told(story: &mut Story, service: &str) -> anyhow::Result<()> {
    story.hush().await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    let told = story.house.verify()?.expect_success()?.text;
    let note = format!("note: {service}, chain {TRIAL}, row");
    ensure!(told.contains(&note), "verification does not tell of the gap: {told}");
    let others = told
        .lines()
        .filter(|line| line.starts_with("note: ") && !line.contains(&format!("note: {service},")));
    ensure!(others.count() == 0, "nobody else lost anything: {told}");
    Ok(())
}

/// The allocation of a subject who waits, asked again until services that were restarted have shown their heads.
async fn an_allocation(story: &mut Story, which: usize) -> anyhow::Result<()> {
    let subject = story.waiting[which].id.clone();
    let mut refusal = None;
    let allocated = async || {
        let asked = story.randomize(&subject).await?;
        Ok(asked.map_err(|no| refusal = Some(no)).ok())
    };
    let found = until("an allocation after the restart", PATIENCE, allocated).await;
    found.with_context(|| format!("{subject} was refused last: {refusal:?}")).map(drop)
}

/// The first permit after safety's restart waits for the peers' heads, so a refusal is asked again.
async fn a_start(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    story.prepare(subject, 1).await?;
    until("a start after the restart", PATIENCE, async || Ok(story.start(subject, 1).await?.ok())).await
}

/// Until, and when, the hold for reconciliation is there, nobody hears a Go: of enrollment, which was restored, for an
/// allocation, and of the others for a start.
async fn comes_up_held(story: &mut Story, service: &str, subject: &Subject) -> anyhow::Result<HoldView> {
    let waiting = story.waiting[1].id.clone();
    until("the trial is held for reconciliation", PATIENCE, async || {
        let heard = match service {
            "enrollment" => story.randomize(&waiting).await?.is_ok(),
            _ => story.start(subject, 1).await?.is_ok(),
        };
        ensure!(!heard, "a Go was heard after the restore");
        let holds = story.people.holds().await?;
        let held = |hold: &HoldView| hold.kind() == HoldKind::Reconciliation && hold.state != "released";
        Ok(holds.into_iter().find(held))
    })
    .await
}
