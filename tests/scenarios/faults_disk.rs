//! A disk that is full, as the kernel says it to a process whose files may not grow: databases and logs alike. Nothing is answered
//! as done, each call hears a clear fault, and when there is room again the house goes on. reliability.md F17; holds.md H6.

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Databases, Plan};
use holdpoint_system_tests::story::{Refusal, Story, Subject};
use tonic::Code;

use crate::ready::{starts_after_all, tale};

#[test]
fn f17_a_full_disk_under_sqlite_and_logs() -> anyhow::Result<()> {
    tale(Plan::EMBEDDED, sqlite)
}

#[test]
fn f17_a_full_disk_under_postgresql() -> anyhow::Result<()> {
    tale(Plan::APART.on(Databases::Own), postgresql)
}

async fn sqlite(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    story.house.full(true)?;
    nothing_is_done(story, &subject, &[Code::Internal, Code::Unavailable]).await?;
    story.house.full(false)?;
    goes_on(story, &subject).await
}

async fn postgresql(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    story.house.postgres()?.full(true)?;
    nothing_is_done(story, &subject, &[Code::Internal, Code::Unavailable]).await?;
    // A server that could not write its log has ended; its supervisor starts it again when there is room.
    story.house.postgres()?.kill()?;
    story.house.postgres()?.start().await?;
    goes_on(story, &subject).await
}

/// A report, a hold and a start over a full disk: each is a fault, none is an OK, and none is a refusal of what was asked.
async fn nothing_is_done(story: &mut Story, subject: &Subject, faults: &[Code]) -> anyhow::Result<()> {
    let report = story.ventilation(&subject.id).called("Respiratory failure, disk full").request;
    let tried = story.people.investigator.safety.clone().report_adverse_event(report).await;
    let fault = tried.err().context("a report was taken and could not be written")?;
    ensure!(faults.contains(&fault.code()), "a report over a full disk: {fault:?}");
    ensure!(!fault.message().is_empty(), "a fault without words: {fault:?}");
    let started = story.start_of(subject, 1)?.hear().await?;
    let fault: Refusal = started.err().context("a Go was said and could not be written")?;
    ensure!(faults.contains(&fault.status), "a start over a full disk: {fault:?}");
    Ok(())
}

async fn goes_on(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    let held = story.place_hold("after the disk was full").await?;
    story.release(&held.hold.hold).await?;
    starts_after_all(story, subject).await
}
