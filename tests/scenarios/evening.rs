//! The evening before: at 18:00 a subject is on mechanical ventilation, five days after her second infusion; one infusion runs,
//! one start and one allocation are asked for in the same moment, three are due at eight in the morning, one candidate waits.
//! From the moment the hold is known to be effective nobody hears a Go or an allocation, whatever goes wrong.
//! Protocol 7.3.1, rule suspend-ventilation; holds.md H1, H2, H5.

use anyhow::{Context as _, ensure};
use holdpoint::board::Document;
use holdpoint_api::safety::v1::HoldView;
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Held, Refusal, Story, Subject, TRIAL};
use tonic::Code;

use crate::cast::Cast;
use crate::trouble::{Hour, Trouble};

/// Any number: a run can be repeated.
const SEED: u64 = 20_260_323;

#[test]
fn in_one_process() -> anyhow::Result<()> {
    play(|| evening(Plan::EMBEDDED, Trouble::Nothing))
}

#[test]
fn one_process_a_service() -> anyhow::Result<()> {
    play(|| evening(Plan::APART, Trouble::Nothing))
}

#[test]
fn with_nats_down_from_five_to_nine() -> anyhow::Result<()> {
    play(|| evening(Plan::APART, Trouble::BusDown))
}

#[test]
fn with_dosing_killed_overnight() -> anyhow::Result<()> {
    play(|| evening(Plan::APART, Trouble::DosingKilled))
}

#[test]
fn with_safety_unreachable_at_eight() -> anyhow::Result<()> {
    play(|| evening(Plan::APART, Trouble::SafetyUnreachable))
}

#[test]
fn with_everything_killed_at_twenty() -> anyhow::Result<()> {
    play(|| evening(Plan::EMBEDDED, Trouble::AllKilled))
}

#[test]
fn in_one_process_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| evening(Plan::EMBEDDED.shuffled(SEED), Trouble::Nothing))
}

#[test]
fn one_process_a_service_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| evening(Plan::APART.shuffled(SEED), Trouble::Nothing))
}

async fn evening(plan: Plan, trouble: Trouble) -> anyhow::Result<()> {
    match played(plan, trouble).await? {
        Some((story, _)) => finish(story).await,
        None => Ok(()),
    }
}

/// The whole story; none where this machine lacks a server that it needs.
pub async fn played(plan: Plan, trouble: Trouble) -> anyhow::Result<Option<(Story, Cast)>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    let cast = Cast::assemble(&mut story).await?;
    let first = until_the_hold(&mut story, &cast, trouble).await?;
    night(&mut story, &cast, trouble, &first).await?;
    eight_o_clock(&mut story, &cast, trouble, &first.hold).await?;
    story.at("2026-03-24T09:00")?;
    trouble.strike(&mut story, Hour::Nine).await?;
    story.hush().await?;
    story.at("2026-03-24T09:40")?;
    let second = story.ventilation(&cast.running.id).report().await.context("the second event")?;
    ensure!(second.hold.hold != first.hold.hold, "a second event places a hold of its own");
    story.ears.nothing_since(first.known)?;
    release(&mut story, &cast, &first.hold, &second.hold).await?;
    document(&story, &cast, &first)?;
    Ok(Some((story, cast)))
}

/// 17:00 to 18:00: the infusion that runs, then report, start and allocation in one moment.
async fn until_the_hold(story: &mut Story, cast: &Cast, trouble: Trouble) -> anyhow::Result<Held> {
    story.at("2026-03-23T17:00")?;
    trouble.strike(story, Hour::Five).await?;
    story.at("2026-03-23T17:30")?;
    story.prepare(&cast.running, 2).await?;
    let started = story.start(&cast.running, 2).await?;
    ensure!(started.is_ok(), "the evening's infusion must start: {started:?}");
    story.at("2026-03-23T18:00")?;
    story.prepare(&cast.racer, 2).await?;
    let event = story.ventilation(&cast.ill.id);
    let start = story.start_of(&cast.racer, 2)?;
    let allocation = story.allocation(&cast.racing_candidate.id);
    let (held, start, allocation) = tokio::join!(event.report(), start.ask(), allocation.ask());
    let held = held.context("the first event")?;
    in_flight_is_complete(story, cast, &held.hold)?;
    if start?.is_ok() {
        story.confirm(&cast.racer, 2).await?;
    }
    if allocation?.is_err() {
        allocation_is_refused(story, &cast.racing_candidate, &held.hold.hold).await?;
    }
    Ok(held)
}

/// H2: the running infusion and every Go that was heard are on the list, and nothing that is over.
fn in_flight_is_complete(story: &Story, cast: &Cast, hold: &HoldView) -> anyhow::Result<()> {
    let listed = |infusion: &str| hold.in_flight.iter().any(|flight| flight.infusion == infusion);
    let running = story.infusion(&cast.running, 2)?;
    ensure!(listed(&running), "the running infusion is not in flight: {:?}", hold.in_flight);
    let racing = story.infusion(&cast.racer, 2)?;
    ensure!(
        listed(&racing) || !story.ears.heard(&racing),
        "a Go was heard before the hold and is not in flight: {:?}",
        hold.in_flight
    );
    let over = story.infusion(&cast.ill, 2)?;
    ensure!(!listed(&over), "a completed infusion is in flight: {:?}", hold.in_flight);
    Ok(())
}

/// 18:05 to 04:00: the candidate is refused, what runs ends, and what goes wrong goes wrong.
async fn night(story: &mut Story, cast: &Cast, trouble: Trouble, first: &Held) -> anyhow::Result<()> {
    story.at("2026-03-23T18:05")?;
    allocation_is_refused(story, &cast.candidate, &first.hold.hold).await?;
    if !story.ears.heard(&story.infusion(&cast.racer, 2)?) {
        start_is_refused(story, &cast.racer, &first.hold.hold).await?;
    }
    story.at("2026-03-23T18:45")?;
    story.complete(&cast.running, 2).await?;
    if story.ears.heard(&story.infusion(&cast.racer, 2)?) {
        story.complete(&cast.racer, 2).await?;
    }
    for (when, hour) in [
        ("2026-03-23T20:00", Hour::EightInTheEvening),
        ("2026-03-23T23:00", Hour::Night),
        ("2026-03-24T04:00", Hour::Dawn),
    ] {
        story.at(when)?;
        trouble.strike(story, hour).await?;
    }
    story.ears.nothing_since(first.known)
}

/// 08:00: three are due, and none is started; nor is the candidate allocated.
async fn eight_o_clock(
    story: &mut Story,
    cast: &Cast,
    trouble: Trouble,
    hold: &HoldView,
) -> anyhow::Result<()> {
    story.at("2026-03-24T08:00")?;
    trouble.strike(story, Hour::EightInTheMorning).await?;
    for subject in &cast.due {
        story.prepare(subject, 2).await?;
        let refusal = refused(story.start(subject, 2).await?, &subject.id)?;
        if !(trouble.silences_safety() && refusal.status == Code::Unavailable) {
            refusal.names(&hold.hold)?;
        }
    }
    let refusal = refused(story.randomize(&cast.candidate.id).await?, &cast.candidate.id)?;
    if !(trouble.silences_safety() && refusal.status == Code::Unavailable) {
        refusal.names(&hold.hold)?;
    }
    story.at("2026-03-24T08:30")?;
    trouble.strike(story, Hour::HalfPastEight).await?;
    start_is_refused(story, &cast.due[0], &hold.hold).await
}

/// The board meets: each hold is released on its own; then infusions come back by the file's late-dose rule (at least 5 days
/// after the last, at most 10).
async fn release(story: &mut Story, cast: &Cast, first: &HoldView, second: &HoldView) -> anyhow::Result<()> {
    story.at("2026-03-25T15:00")?;
    story.release(&first.hold).await?;
    story.hush().await?;
    let refusal = refused(story.start(&cast.due[0], 2).await?, &cast.due[0].id)?;
    refusal.names(&second.hold)?;
    ensure!(!refusal.holds.contains(&first.hold), "a released hold still stands: {refusal:?}");
    story.release(&second.hold).await?;
    story.hush().await?;
    story.at("2026-03-26T08:00")?;
    for subject in &cast.due {
        came_back(story, subject).await?;
    }
    story.give(&cast.due, 2).await?;
    let arm = story.randomize(&cast.candidate.id).await?;
    ensure!(arm.is_ok(), "after the releases the candidate is allocated: {arm:?}");
    story.hush().await
}

async fn came_back(story: &Story, subject: &Subject) -> anyhow::Result<()> {
    let before = story.look(&story.infusion(subject, 1)?).await?;
    let after = story.look(&story.infusion(subject, 2)?).await?;
    let given = before.started_at.context("the first dose was started")?.seconds;
    let (earliest, latest) =
        (after.earliest.context("an earliest time")?.seconds, after.latest.context("a latest time")?.seconds);
    let day = 24 * 3600;
    let now = story.now().as_second();
    ensure!((earliest..=latest).contains(&now), "dose 2 of {} may not start at {now}: {after:?}", subject.id);
    ensure!(
        earliest >= given + 5 * day && latest <= given + 10 * day,
        "not by the late-dose rule: {after:?}"
    );
    ensure!(after.frozen_by.is_empty(), "a released hold still freezes: {after:?}");
    Ok(())
}

/// What the ethics committee is given says what the story knows: the last Go before, none after, what ran, who released.
fn document(story: &Story, cast: &Cast, held: &Held) -> anyhow::Result<()> {
    let officer = &story.people.safety_officer.name;
    let ask = |form| story.house.document(TRIAL, &held.hold.hold, officer, form)?.expect_success();
    let told: Document = serde_json::from_str(ask("--json")?.text.trim()).context("the document")?;
    ensure!(told.state == "released" && told.is_over() && told.is_kept(), "the promise was kept: {told:?}");
    let heard: Vec<_> = story.ears.all().into_iter().filter(|heard| heard.at < held.known).collect();
    let last = told.last_go_before.as_ref().context("somebody was given cells before")?;
    ensure!(heard.iter().any(|heard| heard.permit == last.permit), "nobody heard {last:?}");
    let running = told.in_flight.iter().find(|flight| flight.subject == cast.running.id);
    ensure!(running.is_some_and(|flight| flight.became == "completed"), "what ran has ended: {told:?}");
    ensure!(told.in_flight.len() == held.hold.in_flight.len(), "nothing in flight is left out: {told:?}");
    ensure!(told.checks.len() == 4 && told.checks.iter().all(|check| check.state == "checked"), "{told:?}");
    let signed: Vec<_> = told.signatures.iter().map(|one| one.by.as_str()).collect();
    let people = &story.people;
    ensure!(signed == [people.board_member.name.as_str(), &people.principal.name], "who released: {told:?}");
    ensure!(told.signatures.iter().all(|one| one.papers.concat().contains("2026-001-04")), "{told:?}");
    ensure!(told.proof.rows.len() == 3 && told.proof.heads.len() == 5, "what proves it: {told:?}");
    let page = ask("--html")?.text;
    ensure!(page.contains("0 starts after the hold was effective") && !page.contains("<script"), "{page}");
    Ok(())
}

/// Both holds ran their course, the services agree, and every journal is what was written.
async fn finish(mut story: Story) -> anyhow::Result<()> {
    let holds = story.people.holds().await?;
    ensure!(
        holds.len() == 2 && holds.iter().all(|hold| hold.state == "released"),
        "two holds ended: {holds:?}"
    );
    close(&story).await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    story.house.verify()?.expect_success()?;
    Ok(())
}

fn refused<T: std::fmt::Debug>(tried: Result<T, Refusal>, who: &str) -> anyhow::Result<Refusal> {
    tried.err().with_context(|| format!("{who} was let through a hold"))
}

/// Refused at once and each time; within a while of any restart the refusal names the hold.
async fn start_is_refused(story: &mut Story, subject: &Subject, hold: &str) -> anyhow::Result<()> {
    until("a refused start names the hold", PATIENCE, async || {
        let refusal = refused(story.start(subject, 2).await?, &subject.id)?;
        Ok(refusal.names(hold).is_ok().then_some(()))
    })
    .await
}

async fn allocation_is_refused(story: &mut Story, subject: &Subject, hold: &str) -> anyhow::Result<()> {
    until("a refused allocation names the hold", PATIENCE, async || {
        let refusal = refused(story.randomize(&subject.id).await?, &subject.id)?;
        Ok(refusal.names(hold).is_ok().then_some(()))
    })
    .await
}
