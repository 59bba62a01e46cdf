//! The write-ahead log is on the disk before anybody hears: while a report, a hold and a permit are asked for, the kernel's own
//! record shows that the log was flushed after the row was written and before the first byte that names it left the process.
//! reliability.md F8, C2; holds.md H6.

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Databases, PATIENCE, POSTGRES, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, Subject};
use holdpoint_system_tests::trace::{Call, Trace};

use crate::ready::ready;

#[test]
fn f08_sqlite_has_flushed_before_an_answer_leaves() -> anyhow::Result<()> {
    play(|| flushed(Plan::EMBEDDED))
}

#[test]
fn f08_postgresql_has_flushed_before_an_answer_leaves() -> anyhow::Result<()> {
    play(|| flushed(Plan::APART.on(Databases::Durable)))
}

async fn flushed(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(plan).await? else { return Ok(()) };
    let processes = match &story.house.postgres {
        Some(server) => [vec![story.house.process("safety")?], server.processes()?].concat(),
        None => vec![story.house.process("safety")?],
    };
    let Some(trace) = Trace::of(&processes).await? else { return Ok(()) };
    let named = deeds(&mut story, &subject).await?;
    let calls = trace.end()?;
    for (what, id) in &named {
        let order = match &story.house.postgres {
            Some(server) => {
                on_postgresql(&calls, id, story.house.link("safety", POSTGRES)?.port(), server.port())
            }
            None => on_sqlite(&calls, id),
        };
        order.with_context(|| format!("{what} {id}"))?;
    }
    Ok(())
}

/// A permit, a report and a hold, each with the id that its answer names.
async fn deeds(story: &mut Story, subject: &Subject) -> anyhow::Result<Vec<(&'static str, String)>> {
    // What is traced is slow: a Go may come too late, and the next ask has another.
    let permit = until("a Go", PATIENCE, async || Ok(story.start_of(subject, 1)?.ask().await?.ok())).await?;
    let report = story.ventilation(&subject.id).send().await.context("report")?;
    let hold = story.people.place_hold("by hand").await?;
    // A call that is answered later: what was sent before it is written down whole.
    story.people.standing().await?;
    Ok(vec![("permit", permit), ("report", report.adverse_event), ("hold", hold.hold)])
}

/// The first bytes that name an id and are not part of the talk between safety and its database: neither what safety sends to
/// the database nor what the database, whose processes are traced too, answers.
fn left<'a>(calls: &'a [Call], id: &str, database: &[String]) -> anyhow::Result<&'a Call> {
    let sent = calls.iter().filter(|call| call.args.contains("<TCP:") && call.args.contains(id));
    let outside = sent.filter(|call| !database.iter().any(|end| call.args.contains(end)));
    outside.min_by_key(|call| call.began).context("nobody was told")
}

/// A flush of this file that was done wholly between two moments.
fn flush(calls: &[Call], file: &str, from: u64, to: u64) -> anyhow::Result<()> {
    let flushes = calls.iter().filter(|call| ["fsync", "fdatasync"].contains(&call.name.as_str()));
    let mut of_file = flushes.filter(|call| call.done && call.args.contains(file));
    ensure!(
        of_file.any(|call| from <= call.began && call.ended <= to),
        "{file} was not flushed in the {} us between its write and the answer",
        to.saturating_sub(from)
    );
    Ok(())
}

fn on_sqlite(calls: &[Call], id: &str) -> anyhow::Result<()> {
    const LOG: &str = "safety.db-wal";
    let left = left(calls, id, &[])?;
    let written = calls.iter().filter(|call| call.args.contains(LOG) && call.args.contains(id));
    let written = written.filter(|call| call.name.starts_with("pwrite") && call.ended <= left.began);
    let written = written.max_by_key(|call| call.ended).context("it was told before it was written")?;
    flush(calls, LOG, written.ended, left.began)
}

fn on_postgresql(calls: &[Call], id: &str, line: u16, server: u16) -> anyhow::Result<()> {
    let (to, from) = (format!("->127.0.0.1:{line}]"), format!("[127.0.0.1:{server}->"));
    let left = left(calls, id, &[to.clone(), from])?;
    let way = left.args.split('"').next().unwrap_or_default();
    let sent = calls.iter().filter(|call| call.args.contains(&to) && call.ended <= left.began);
    let row = sent.clone().filter(|call| call.args.contains(id)).map(|call| call.began).min();
    let row = row.with_context(|| format!("it was told before it was written: {way}"))?;
    let mut commits = sent.filter(|call| call.args.contains("COMMIT") && call.began >= row);
    let commit = commits.next().with_context(|| format!("it was told before it was committed: {way}"))?;
    flush(calls, "pg_wal", commit.began, left.began)
}
