//! kill -9 of a service at each step of report, hold, permit, start, confirmation, settling and release, and of a relay or a
//! reader between its two commits. Whoever asked asks on, with the request as it was; at the end each thing was done once.
//! reliability.md F1 to F4; holds.md H1, H2, H4, H6, H10, H11 (a crash at every step).

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::story::{Story, Subject};

use crate::ready::{tale, was_given};

#[test]
fn f01_safety_killed_at_each_step_of_a_report() -> anyhow::Result<()> {
    tale(Plan::APART, reports)
}

#[test]
fn f01_safety_killed_at_each_step_of_hold_and_release() -> anyhow::Result<()> {
    tale(Plan::APART, holds)
}

#[test]
fn f02_dosing_and_safety_killed_at_each_step_of_a_start() -> anyhow::Result<()> {
    tale(Plan::APART, starts)
}

#[test]
fn f02_killed_at_each_step_after_a_go() -> anyhow::Result<()> {
    tale(Plan::APART, after_a_go)
}

#[test]
fn f03_f04_killed_between_publishing_and_marking_and_between_applying_and_acknowledging() -> anyhow::Result<()>
{
    tale(Plan::APART, relays_and_readers)
}

/// How often a service is armed again that fell over what was there before the deed.
const AGAIN: usize = 2;

/// Starts a service anew with a step at which it ends, does a deed, and starts it once more when it has fallen. Answers what the
/// deed came to.
async fn falling<T: Send + 'static>(
    story: &mut Story,
    service: &str,
    step: &str,
    deed: impl Future<Output = T> + Send + 'static,
) -> anyhow::Result<T> {
    let what = || format!("{service} at {step}");
    story.hush().await.with_context(what)?;
    story.house.kill(service)?;
    let mut fell = armed(story, service, step).await.with_context(what)?;
    for _ in 0..AGAIN {
        if fell {
            fell = armed(story, service, step).await.with_context(what)?;
        }
    }
    // A reader that ends before each commit falls over the same row for ever: that it fell at its step is what was wanted.
    let deed = tokio::spawn(deed);
    if !fell {
        story.house.falls(service).await.with_context(what)?;
    }
    story.house.start(service).await?;
    deed.await.with_context(|| format!("the deed of {step}"))
}

/// Arms a service and lets it hear what the others have. Answers whether it came to the step over that, and has fallen.
async fn armed(story: &mut Story, service: &str, step: &str) -> anyhow::Result<bool> {
    story.house.arm(service, &format!("{step}=return")).await?;
    let people = story.people.clone();
    Ok(tokio::select! {
        fallen = story.house.falls(service) => fallen.is_ok(),
        heard = people.hush() => heard.map(|()| false)?,
    })
}

async fn reports(story: &mut Story, [ill, subject]: [Subject; 2]) -> anyhow::Result<()> {
    was_given(story, &ill).await?;
    for step in [
        "safety.report.before-commit",
        "safety.report.after-commit",
        "journal.relay.before-publish",
        "journal.relay.after-publish",
        "journal.relay.after-mark",
    ] {
        let event = story.ventilation(&ill.id).called(&format!("Respiratory failure at {step}"));
        let answer = falling(story, "safety", step, event.send()).await?.context(step)?;
        ensure!(answer.holds.len() == 1, "{step}: one report places one hold: {answer:?}");
        let held = story.people.effective(&answer.holds[0].hold).await?;
        let start = story.start(&subject, 1).await?;
        start.err().with_context(|| format!("{step}: a start under the hold"))?;
        story.ears.nothing_since(held.known)?;
        story.release(&held.hold.hold).await?;
    }
    let verdict = close(story).await?;
    ensure!(verdict.looked_at["one effect"] == 5, "five reports were judged: {verdict}");
    Ok(())
}

async fn holds(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for step in ["safety.hold.before-commit", "safety.hold.after-commit"] {
        let people = story.people.clone();
        let placed = async move { people.place_hold(step).await };
        let hold = falling(story, "safety", step, placed).await?.context(step)?.hold;
        story.people.effective(&hold).await?;
        story.release(&hold).await?;
    }
    for step in ["safety.release.before-commit", "safety.release.after-commit"] {
        let hold = story.place_hold(step).await?.hold.hold;
        let people = story.people.clone();
        falling(story, "safety", step, async move { people.release(&hold).await }).await?.context(step)?;
    }
    // A hold waits for a Go that was not acknowledged; safety ends as it makes the hold effective.
    let start = story.start_of(&subject, 1)?;
    let people = story.people.clone();
    let heard_and_held = async move {
        let permit = start.clone().hear().await?.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        let hold = people.place_hold("a hold that waits").await?;
        start.acknowledge(&permit).await?;
        people.effective(&hold.hold).await
    };
    let held = falling(story, "safety", "safety.settle.before-commit", heard_and_held).await??;
    ensure!(held.hold.in_flight.len() == 1, "the Go is in flight: {:?}", held.hold.in_flight);
    story.release(&held.hold.hold).await?;
    Ok(())
}

async fn starts(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for (service, step) in [
        ("dosing", "dosing.start.judged"),
        ("dosing", "dosing.start.permitted"),
        ("dosing", "dosing.claim.before-commit"),
        ("dosing", "dosing.claim.after-commit"),
        ("safety", "safety.permit.before-commit"),
        ("safety", "safety.permit.after-commit"),
    ] {
        let start = story.start_of(&subject, 1)?;
        let heard = falling(story, service, step, start.hear()).await??;
        ensure!(heard.is_err(), "{step}: a Go was heard of a process that ended before it said it");
        let held = story.place_hold(step).await?;
        let start = story.start(&subject, 1).await?;
        start.err().with_context(|| format!("{step}: a start under the hold"))?;
        story.ears.nothing_since(held.known)?;
        story.release(&held.hold.hold).await?;
        starts_and_is_abandoned(story, &subject, step).await?;
    }
    Ok(())
}

/// Whatever was lost on the way blocks nothing for ever.
async fn starts_and_is_abandoned(story: &mut Story, subject: &Subject, step: &str) -> anyhow::Result<()> {
    let what = format!("a start after {step}");
    until(&what, PATIENCE, async || Ok(story.start_of(subject, 1)?.ask().await?.ok())).await?;
    story.abandon(subject, 1).await
}

async fn after_a_go(story: &mut Story, subjects: [Subject; 4]) -> anyhow::Result<()> {
    // Every allocation had a Go too.
    let allocated = close(story).await?.looked_at["once"];
    let steps = [
        "dosing.heard.before-commit",
        "dosing.heard.after-commit",
        "dosing.confirm.before-commit",
        "dosing.confirm.after-commit",
    ];
    for (step, subject) in steps.into_iter().zip(&subjects) {
        if step.contains("heard") {
            let asked = story_start(story, subject)?;
            falling(story, "dosing", step, asked).await?.context(step)?;
            story.confirm(subject, 1).await?;
        } else {
            let asked = story.start_of(subject, 1)?.ask().await?;
            ensure!(asked.is_ok(), "{step}: {asked:?}");
            let (bed, at) = (story.bed(subject, 1)?, story.now());
            let confirmed = async move { bed.confirm(at).await };
            falling(story, "dosing", step, confirmed).await?.context(step)?;
        }
        let held = story.place_hold(step).await?;
        let infusion = story.infusion(subject, 1)?;
        let listed = held.hold.in_flight.iter().any(|flight| flight.infusion == infusion);
        ensure!(listed, "{step}: what runs is in flight: {:?}", held.hold.in_flight);
        story.later(5)?;
        story.complete(subject, 1).await?;
        story.release(&held.hold.hold).await?;
        story.hush().await?;
    }
    let verdict = close(story).await?;
    ensure!(verdict.looked_at["once"] == allocated + 4, "four Gos were judged: {verdict}");
    ensure!(verdict.looked_at["in flight"] == 4, "four were in flight: {verdict}");
    Ok(())
}

/// A start that is heard and acknowledged, as a deed of its own.
fn story_start(
    story: &mut Story,
    subject: &Subject,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>> + Send + use<>> {
    let start = story.start_of(subject, 1)?;
    Ok(async move { start.ask().await?.map(drop).map_err(|refusal| anyhow::anyhow!("{refusal:?}")) })
}

async fn relays_and_readers(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for step in ["journal.relay.before-publish", "journal.relay.after-publish", "journal.relay.after-mark"] {
        // The claim may be published before the Go is said: then nobody hears it.
        let heard = {
            let start = story.start_of(&subject, 1)?;
            falling(story, "dosing", step, start.hear()).await??
        };
        if heard.is_ok() {
            let held = story.place_hold(step).await?;
            ensure!(held.hold.in_flight.len() == 1, "{step}: the Go is in flight: {:?}", held.hold);
            story.release(&held.hold.hold).await?;
            story.abandon(&subject, 1).await?;
        } else {
            starts_and_is_abandoned(story, &subject, step).await?;
        }
    }
    for service in ["enrollment", "dosing", "labs", "followup"] {
        for step in ["journal.follower.before-commit", "journal.follower.after-commit"] {
            let (people, why) = (story.people.clone(), format!("{service} at {step}"));
            let reason = why.clone();
            let placed = async move { people.place_hold(&reason).await };
            let hold = falling(story, service, step, placed).await?.context(why)?.hold;
            story.people.effective(&hold).await?;
            story.release(&hold).await?;
        }
    }
    Ok(())
}
