//! Starts that are asked twice, and starts that nobody confirmed: an old ask is never answered again, and a Go that was given
//! stays counted and in flight until a person says what became of it. holds.md H1, H2, H10, steps 4 and 5.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use holdpoint::client::{Allocation, NoStart, lists};
use holdpoint_api::dosing::v1::StartInfusionRequest;
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Refusal, Story, Subject, TRIAL};
use tokio::time::sleep;
use tonic::Code;

use crate::ready::ready;

/// Of the bus that doubles and shuffles.
const SEED: u64 = 11;

#[test]
fn an_old_start_retried_after_a_hold_is_refused_in_one_process() -> anyhow::Result<()> {
    play(|| old_start_retried(Plan::EMBEDDED))
}

#[test]
fn an_old_start_retried_after_a_hold_is_refused_apart() -> anyhow::Result<()> {
    play(|| old_start_retried(Plan::APART))
}

#[test]
fn a_crash_after_go_leaves_it_in_flight_in_one_process() -> anyhow::Result<()> {
    play(|| crash_after_go(Plan::EMBEDDED))
}

#[test]
fn a_crash_after_go_leaves_it_in_flight_apart() -> anyhow::Result<()> {
    play(|| crash_after_go(Plan::APART))
}

#[test]
fn an_old_start_retried_after_a_hold_is_refused_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| old_start_retried(Plan::APART.shuffled(SEED)))
}

#[test]
fn a_crash_after_go_leaves_it_in_flight_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| crash_after_go(Plan::EMBEDDED.shuffled(SEED)))
}

#[test]
fn a_crash_at_any_moment_of_a_start_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| crash_within_a_start(Plan::APART.shuffled(SEED)))
}

#[test]
fn a_crash_at_any_moment_of_a_start_blocks_nothing_for_ever() -> anyhow::Result<()> {
    play(|| crash_within_a_start(Plan::APART))
}

#[test]
fn an_allocation_whose_answer_came_too_late_stands_and_is_read() -> anyhow::Result<()> {
    play(|| allocation_heard_late(Plan::EMBEDDED))
}

#[test]
fn an_allocation_whose_answer_came_too_late_is_read_with_every_event_twice_and_shuffled() -> anyhow::Result<()>
{
    play(|| allocation_heard_late(Plan::EMBEDDED.shuffled(SEED)))
}

/// The place was given and acknowledged, and nobody at the desk knows: no further ask is a Go, and each gives what stands. There is
/// nothing to abandon.
async fn allocation_heard_late(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 1).await?;
    let subject = story.waiting[0].id.clone();
    let arm = story.randomize(&subject).await?.map_err(|no| anyhow!("{no:?}"))?;
    let mut desk = Allocation::after(story.people.coordinator.clone(), TRIAL, &subject, 1);
    for _ in 0..2 {
        let no = desk.ask("nobody heard the earlier answer").await.err().context("a second Go")?;
        ensure!(matches!(no, NoStart::RecordOnly { .. }), "{no}");
        let stands = desk.ask_or_read("nobody heard the earlier answer").await?;
        ensure!(stands.arm == arm, "{stands:?} stands, and {arm} was told");
    }
    story.hush().await?;
    let all = lists::subjects(&story.people.auditor, TRIAL).await?;
    let given: Vec<&str> =
        all.iter().filter(|one| one.subject == subject).map(|one| one.arm.as_str()).collect();
    ensure!(given == [arm.as_str()], "one place: {given:?}");
    story.is_consistent()
}

/// The first Go is acknowledged, the second is lost on its way; an hour later, under a hold, both devices send the same again.
async fn old_start_retried(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, [heard, lost])) = ready(plan).await? else { return Ok(()) };
    let (first, second) = (story.start_of(&heard, 1)?, story.start_of(&lost, 1)?);
    let again = [first.request.clone(), second.request.clone()];
    ensure!(first.ask().await?.is_ok(), "the first dose starts");
    story.confirm(&heard, 1).await?;
    ensure!(second.hear().await?.is_ok(), "the second bedside gets its Go");
    answered_before(&story, &again[1], &[Code::Aborted]).await?;
    story.later(60)?;
    let held = story.place_hold("a call from another trial with the same product").await?;
    for request in &again {
        answered_before(&story, request, &[Code::Aborted, Code::FailedPrecondition]).await?;
    }
    let higher = story.start(&lost, 1).await?;
    let refusal = higher.err().context("a higher attempt was let through the hold")?;
    refusal.names(&held.hold.hold)?;
    story.ears.nothing_since(held.known)?;
    story.is_consistent()
}

/// The same bytes again: refused, as asked before or as held, or the record of it; never a Go.
async fn answered_before(
    story: &Story,
    request: &StartInfusionRequest,
    as_one_of: &[Code],
) -> anyhow::Result<()> {
    match story.people.nurse.dosing.clone().start_infusion(request.clone()).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            ensure!(
                answer.record_only && answer.life_ms == 0,
                "an old ask was answered with a Go: {answer:?}"
            );
            Ok(())
        }
        Err(status) => {
            let refusal = Refusal::from(status);
            ensure!(
                as_one_of.contains(&refusal.status) && !refusal.code.is_empty(),
                "no refusal: {refusal:?}"
            );
            Ok(())
        }
    }
}

/// Dosing dies after a Go that was acknowledged and one that was not. Nobody confirms either.
async fn crash_after_go(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, subjects)) = ready::<2>(plan).await? else { return Ok(()) };
    let [acknowledged, silent] = &subjects;
    ensure!(story.start_of(acknowledged, 1)?.ask().await?.is_ok(), "the first bedside gets its Go");
    ensure!(story.start_of(silent, 1)?.hear().await?.is_ok(), "the second bedside gets its Go");
    story.house.kill("dosing")?;
    story.later(20)?;
    story.house.start("dosing").await?;
    for subject in &subjects {
        becomes_unconfirmed(&story, subject).await?;
    }
    let held = story.place_hold("nobody knows what was given").await?;
    for subject in &subjects {
        let infusion = story.infusion(subject, 1)?;
        let listed = held.hold.in_flight.iter().any(|flight| flight.infusion == infusion);
        ensure!(listed, "{} is not in flight: {:?}", subject.id, held.hold.in_flight);
    }
    story.release(&held.hold.hold).await?;
    story.hush().await?;
    cannot_start_without_a_statement(&mut story, &subjects).await?;
    story.abandon(silent, 1).await?;
    story.hush().await?;
    let again = story.start(silent, 1).await?;
    ensure!(again.is_ok(), "after a person's statement that nothing was given it starts: {again:?}");
    close(&story).await?;
    story.hush().await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    story.house.verify()?.expect_success()?;
    Ok(())
}

/// Dosing dies some milliseconds after it was asked: before the permit, between permit and claim, or after the claim. The next
/// attempt, with a person's word on the one before, starts the dose.
async fn crash_within_a_start(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(plan).await? else { return Ok(()) };
    for millis in [4, 10, 16, 22, 30, 45] {
        let asked = tokio::spawn(story.start_of(&subject, 1)?.hear());
        sleep(Duration::from_millis(millis)).await;
        story.house.kill("dosing")?;
        drop(asked.await.context("the bedside's task")?);
        story.house.start("dosing").await?;
        let what = format!("a start after a crash {millis} ms into the one before");
        until(&what, PATIENCE, async || {
            let tried = story.start_of(&subject, 1)?.ask().await?;
            if let Err(refusal) = &tried {
                ensure!(
                    !refusal.code.is_empty() || refusal.status == Code::Unavailable,
                    "no refusal: {refusal:?}"
                );
            }
            Ok(tried.ok())
        })
        .await?;
        story.abandon(&subject, 1).await?;
    }
    close(&story).await?;
    story.is_consistent()
}

async fn becomes_unconfirmed(story: &Story, subject: &Subject) -> anyhow::Result<()> {
    let infusion = story.infusion(subject, 1)?;
    until(&format!("the start of {} is unconfirmed", subject.id), PATIENCE, async || {
        Ok((story.look(&infusion).await?.state == "unconfirmed").then_some(()))
    })
    .await
}

/// A higher attempt without words is refused for both; one with words too where the Go was acknowledged as heard.
async fn cannot_start_without_a_statement(story: &mut Story, subjects: &[Subject; 2]) -> anyhow::Result<()> {
    let [acknowledged, silent] = subjects;
    for (subject, words) in [(acknowledged, ""), (silent, ""), (acknowledged, "I did not hear it")] {
        let mut start = story.start_of(subject, 1)?;
        words.clone_into(&mut start.request.earlier_not_heard);
        match story.people.nurse.dosing.clone().start_infusion(start.request).await {
            Ok(answer) => {
                ensure!(answer.get_ref().record_only, "{} was started again: {answer:?}", subject.id)
            }
            Err(status) => {
                let refusal = Refusal::from(status);
                ensure!(!refusal.code.is_empty(), "a fault in place of a refusal: {refusal:?}");
            }
        }
    }
    Ok(())
}
