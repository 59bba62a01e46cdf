//! The database server dies in the middle of everything, takes reads only, is full of strangers' connections, is locked, or its
//! answer to a commit is lost: no answer says that something was done which was not, whoever asked asks on with the request as it
//! was, and the rest of the house keeps its promises. reliability.md F8 (PostgreSQL), F15, F16; holds.md H1, H4, H6, H8.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Databases, POSTGRES, Passage, Plan, until};
use holdpoint_system_tests::story::{Story, Subject};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::{Instant, sleep};

use crate::ready::{starts_after_all, tale};

const OWN: Plan = Plan { databases: Databases::Own, ..Plan::APART };
/// After a database is back, calls are answered within this time (reliability.md F15).
const BACK: Duration = Duration::from_secs(15);
/// A permit's life and margin in these houses, and what a busy machine adds.
const AT_THE_LATEST: Duration = Duration::from_millis(2_300 + 3_000);

#[test]
fn f15_a_database_server_that_dies_and_one_that_takes_no_writes() -> anyhow::Result<()> {
    tale(OWN, dies_and_is_read_only)
}

#[test]
fn f15_a_commit_whose_answer_is_lost() -> anyhow::Result<()> {
    tale(Plan::APART, lost_answer)
}

#[test]
fn f16_a_database_full_of_connections_and_one_that_is_locked() -> anyhow::Result<()> {
    tale(OWN, full_and_locked)
}

async fn dies_and_is_read_only(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for turn in 0..3_u64 {
        let people = story.people.clone();
        let report = story.ventilation(&subject.id).called(&format!("Respiratory failure {turn}"));
        let asked = tokio::spawn(story.start_of(&subject, 1)?.hear());
        let reported = tokio::spawn(report.send());
        sleep(Duration::from_millis(turn * 7)).await;
        story.house.postgres()?.kill()?;
        story.house.postgres()?.start().await?;
        let back = Instant::now();
        let answer = reported.await?.context("a report over a database that died")?;
        ensure!(
            back.elapsed() < BACK,
            "the report was answered {:?} after the database was back",
            back.elapsed()
        );
        drop(asked.await??);
        for hold in &answer.holds {
            let held = people.effective(&hold.hold).await?;
            ensure!(story.start(&subject, 1).await?.is_err(), "a start under the hold");
            story.ears.nothing_since(held.known)?;
            story.release(&hold.hold).await?;
        }
        story.hush().await?;
        rests(story, &subject).await?;
    }
    reads_only(story, &subject).await
}

/// Whatever the last ask came to, the dose is authorized again.
async fn rests(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    if story.look(&story.infusion(subject, 1)?).await?.state != "authorized" {
        story.abandon(subject, 1).await?;
    }
    Ok(())
}

async fn admin(story: &mut Story) -> anyhow::Result<PgConnection> {
    Ok(PgConnection::connect(&format!("{}/postgres", story.house.postgres()?.url())).await?)
}

/// Every session begins anew, and takes writes or not.
async fn takes_writes(story: &mut Story, takes: bool) -> anyhow::Result<()> {
    let mut admin = admin(story).await?;
    let reads_only = if takes { "off" } else { "on" };
    for service in ["safety", "dosing"] {
        let text = format!("ALTER DATABASE house_{service} SET default_transaction_read_only = {reads_only}");
        admin.execute(AssertSqlSafe(text)).await?;
    }
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('house_safety', 'house_dosing')";
    admin.execute(end).await?;
    Ok(admin.close().await?)
}

/// A server that was demoted says that it only reads. Nothing is answered as done; once it takes writes, what was asked is done.
async fn reads_only(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    takes_writes(story, false).await?;
    let report = story.ventilation(&subject.id).called("Respiratory failure, read-only");
    let once = report.request.clone();
    let tried = story.people.investigator.safety.clone().report_adverse_event(once).await;
    ensure!(tried.is_err(), "a report was taken by a database that takes none: {tried:?}");
    let started = story.start(subject, 1).await?;
    ensure!(started.is_err(), "a start over a database that takes no writes");
    let reported = tokio::spawn(report.send());
    takes_writes(story, true).await?;
    let back = Instant::now();
    let answer = until("the report is taken", BACK, async || Ok(reported.is_finished().then_some(()))).await;
    answer.with_context(|| format!("{:?} after the database takes writes again", back.elapsed()))?;
    for hold in reported.await?.context("the report")?.holds {
        story.people.effective(&hold.hold).await?;
        story.release(&hold.hold).await?;
    }
    starts_after_all(story, subject).await
}

/// The commit goes out, and its answer does not come back: the same request, asked again, finds what was done.
async fn lost_answer(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for (turn, millis) in [2_u64, 6, 10, 15, 25].into_iter().enumerate() {
        let people = story.people.clone();
        let why = format!("a commit whose answer is lost, {turn}");
        let placed = tokio::spawn(async move { people.place_hold(&why).await });
        sleep(Duration::from_millis(millis)).await;
        let line = story.house.link("safety", POSTGRES)?;
        line.set(Passage::MuteBack);
        sleep(Duration::from_millis(100)).await;
        line.set(Passage::Shut);
        sleep(Duration::from_millis(100)).await;
        line.set(Passage::Open);
        let hold = placed.await?.context("a hold over a lost answer")?;
        let held = story.people.effective(&hold.hold).await?;
        ensure!(story.start(&subject, 1).await?.is_err(), "a start under the hold");
        story.ears.nothing_since(held.known)?;
        story.release(&hold.hold).await?;
    }
    Ok(())
}

async fn full_and_locked(story: &mut Story, [out, subject]: [Subject; 2]) -> anyhow::Result<()> {
    let address = format!("{}/postgres", story.house.postgres()?.url());
    let mut strangers = Vec::new();
    while let Ok(connection) = PgConnection::connect(&address).await {
        strangers.push(connection);
    }
    ensure!(strangers.len() > 20, "{} strangers fill the server", strangers.len());
    let held = story.place_hold("a server full of strangers").await?;
    let refused = story.start(&subject, 1).await?.err().context("a start under the hold")?;
    refused.names(&held.hold.hold)?;
    story.release(&held.hold.hold).await?;
    drop(strangers);
    story.hush().await?;

    let go = story.start_of(&out, 1)?.hear().await?;
    ensure!(go.is_ok(), "a Go is out: {go:?}");
    let database = format!("{}/house_dosing", story.house.postgres()?.url());
    let mut lock = PgConnection::connect(&database).await?;
    lock.execute("BEGIN").await?;
    lock.execute("LOCK TABLE journal_head IN ACCESS EXCLUSIVE MODE").await?;
    let begun = Instant::now();
    let held = story.place_hold("dosing's database is locked").await?;
    ensure!(begun.elapsed() < AT_THE_LATEST, "effective after {:?}", begun.elapsed());
    let started = story.start(&subject, 1).await?;
    ensure!(started.is_err(), "a start over a locked database");
    story.ears.nothing_since(held.known)?;
    lock.execute("ROLLBACK").await?;
    lock.close().await?;
    story.hush().await?;
    story.release(&held.hold.hold).await?;
    starts_after_all(story, &subject).await
}
