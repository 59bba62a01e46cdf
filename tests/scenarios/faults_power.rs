//! The power fails under SQLite, under PostgreSQL, under NATS and under both, in the middle of a report, a hold and a start: what
//! was not flushed is gone, in part or whole, and nothing that was answered is. On disks that forget as LazyFS does; skipped
//! where a machine has no FUSE. reliability.md F8, C2; holds.md H4, H6.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Plan, Postgres, Torn};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, Subject};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::time::sleep;

use crate::ready::{starts_after_all, tale, was_given};

/// What the disk holds of what was not flushed, one cut after another.
const TORN: [Torn; 3] = [Torn::Nothing, Torn::EveryOther(0), Torn::EveryOther(1)];

#[test]
fn f08_power_cuts_under_sqlite() -> anyhow::Result<()> {
    tale(Plan::EMBEDDED.on_disks(), async |story, subject| cuts(story, subject, &[Under::Sqlite]).await)
}

#[test]
fn f08_power_cuts_under_postgresql_nats_and_both() -> anyhow::Result<()> {
    let servers = [Under::Postgresql, Under::Nats, Under::Both];
    tale(Plan::APART.on_disks(), async move |story, subject| cuts(story, subject, &servers).await)
}

#[test]
fn f08_a_server_that_does_not_flush_loses_what_it_answered() -> anyhow::Result<()> {
    play(async || {
        ensure!(kept(true).await?.is_none_or(|kept| kept), "a commit that was flushed is lost");
        ensure!(
            kept(false).await?.is_none_or(|kept| !kept),
            "a commit that was not flushed is kept: no power was cut"
        );
        Ok(())
    })
}

/// What the power fails under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    Sqlite,
    Postgresql,
    Nats,
    Both,
}

impl Under {
    async fn fail(self, story: &mut Story, torn: Torn) -> anyhow::Result<()> {
        let house = &mut story.house;
        if self == Self::Sqlite {
            return house.power_cut(torn).await;
        }
        let (postgres, nats) = (self != Self::Nats, self != Self::Postgresql);
        if postgres {
            house.postgres()?.power_off()?;
        }
        if nats {
            house.nats()?.power_off()?;
        }
        if postgres {
            house.postgres()?.power_on(torn).await?;
        }
        if nats {
            house.nats()?.power_on(torn).await?;
        }
        Ok(())
    }
}

async fn cuts(story: &mut Story, [ill, subject]: [Subject; 2], under: &[Under]) -> anyhow::Result<()> {
    was_given(story, &ill).await?;
    story.hush().await?;
    for (turn, (under, torn)) in under.iter().flat_map(|under| TORN.map(|torn| (*under, torn))).enumerate() {
        let what = format!("{under:?}, {torn:?}");
        cut(story, (&ill, &subject), (under, torn), turn).await.context(what)?;
    }
    starts_after_all(story, &subject).await
}

/// A report, a hold and a start are under way. Whoever asked asks on, and each was done once.
async fn cut(
    story: &mut Story,
    (ill, subject): (&Subject, &Subject),
    (under, torn): (Under, Torn),
    turn: usize,
) -> anyhow::Result<()> {
    let people = story.people.clone();
    let why = format!("the power fails, {turn}");
    let event = story.ventilation(&ill.id).called(&format!("Respiratory failure {turn}"));
    let asked = tokio::spawn(story.start_of(subject, 1)?.ask());
    let reported = tokio::spawn(event.send());
    let placed = tokio::spawn(async move { people.place_hold(&why).await });
    sleep(Duration::from_millis(turn as u64 % 4 * 9)).await;
    under.fail(story, torn).await?;
    let answer = reported.await?.context("a report over a power cut")?;
    let hold = placed.await?.context("a hold over a power cut")?;
    // An acknowledgement may be refused: the Go came too late.
    drop(asked.await?);
    let holds: Vec<String> = answer.holds.iter().chain([&hold]).map(|hold| hold.hold.clone()).collect();
    ensure!(holds.len() == 2, "the report and the person placed a hold each: {holds:?}");
    for hold in &holds {
        let held = story.people.effective(hold).await?;
        ensure!(story.start(subject, 1).await?.is_err(), "a start under hold {hold}");
        story.ears.nothing_since(held.known)?;
    }
    for hold in &holds {
        story.release(hold).await?;
    }
    story.hush().await?;
    if story.look(&story.infusion(subject, 1)?).await?.state != "authorized" {
        story.abandon(subject, 1).await?;
    }
    Ok(())
}

/// Whether a row that a server answered is there after a power cut; none where this machine lacks the server or the disk.
async fn kept(flushes: bool) -> anyhow::Result<Option<bool>> {
    let Some(mut server) = Postgres::open(flushes, true).await? else { return Ok(None) };
    let address = format!("{}/postgres", server.url());
    let mut connection = PgConnection::connect(&address).await?;
    connection.execute("CREATE TABLE told (what TEXT); INSERT INTO told VALUES ('done')").await?;
    server.power_off()?;
    drop(connection);
    server.power_on(Torn::Nothing).await?;
    let mut connection = PgConnection::connect(&address).await?;
    let found = sqlx::query("SELECT what FROM told").fetch_all(&mut connection).await;
    Ok(Some(found.is_ok_and(|rows| rows.len() == 1)))
}
