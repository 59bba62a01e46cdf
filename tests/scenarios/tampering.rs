//! Journals that somebody with the database's password falsified: `holdpoint journal verify --peers` ends with an error and
//! names service, chain and row. Each falsification is done to a copy of the same honest house.

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Answer, Plan, SERVICES};
use holdpoint_system_tests::journal::{Database, TABLES, Tampering, change_byte, tamper};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, TRIAL};

/// Of the bus that doubles and shuffles.
const SEED: u64 = 14;
/// Enough for a history also of a service that only answers holds: each is checked once by each.
const HOLDS: usize = 7;

#[test]
fn of_sqlite_files_is_named() -> anyhow::Result<()> {
    play(|| every_falsification_is_named(Plan::EMBEDDED))
}

#[test]
fn after_every_event_came_twice_and_shuffled_is_named() -> anyhow::Result<()> {
    play(|| every_falsification_is_named(Plan::EMBEDDED.shuffled(SEED)))
}

#[test]
fn of_postgresql_databases_is_named() -> anyhow::Result<()> {
    play(|| every_falsification_is_named(Plan::APART))
}

async fn every_falsification_is_named(plan: Plan) -> anyhow::Result<()> {
    let Some(story) = honest(plan).await? else { return Ok(()) };
    story.house.verify()?.expect_success()?;
    for service in SERVICES {
        for how in Tampering::ALL {
            chain_is_named(&story, service, how).await?;
        }
    }
    for (table, column) in TABLES {
        byte_is_found(&story, table, column).await?;
    }
    Ok(())
}

/// A stopped house with a short history in every service: an infusion given, holds placed and released.
async fn honest(plan: Plan) -> anyhow::Result<Option<Story>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    story.lot().await?;
    let subject = story.treated[0].clone();
    story.plan(&subject, "2026-03-11T10:00").await?;
    story.at("2026-03-11T10:00")?;
    story.give(&[subject], 1).await?;
    for _ in 0..HOLDS {
        let held = story.place_hold("the lot's certificate is questioned").await?;
        story.release(&held.hold.hold).await?;
    }
    story.hush().await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    Ok(Some(story))
}

/// One chain of one service, falsified in one way.
async fn chain_is_named(story: &Story, service: &str, how: Tampering) -> anyhow::Result<()> {
    let store = story.house.copy_all().await?;
    let mut db = Database::open(&store, service).await?;
    let row = tamper(&mut db, service, TRIAL, how).await.with_context(|| format!("{how:?} in {service}"))?;
    db.close().await?;
    let place = format!("{service}, chain {TRIAL}, row {row}:");
    is_named(&story.house.verify_at(&store)?, &place).with_context(|| format!("{how:?} in {service}"))
}

/// One byte of one column of any of the journal's tables, in dosing's database.
async fn byte_is_found(story: &Story, table: &str, column: &str) -> anyhow::Result<()> {
    let store = story.house.copy_all().await?;
    let mut db = Database::open(&store, "dosing").await?;
    let (which, place) = match table {
        "journal_row" | "journal_private" => {
            (format!("chain = '{TRIAL}' AND number = 5"), format!("dosing, chain {TRIAL}, row 5:"))
        }
        "journal_head" => (format!("chain = '{TRIAL}'"), format!("dosing, chain {TRIAL}, row")),
        "journal_answer" => {
            let which = "request = (SELECT MIN(request) FROM journal_answer)";
            (which.to_owned(), "dosing, chain".to_owned())
        }
        _ => {
            let first = if table == "journal_seen" { " AND first = 1" } else { "" };
            (format!("source = 'safety' AND chain = '{TRIAL}'{first}"), format!("chain {TRIAL}, row"))
        }
    };
    change_byte(&mut db, table, column, &which).await?;
    db.close().await?;
    is_named(&story.house.verify_at(&store)?, &place).with_context(|| format!("{table}.{column}"))
}

fn is_named(answer: &Answer, place: &str) -> anyhow::Result<()> {
    ensure!(!answer.success, "verification ended well: {}", answer.text);
    ensure!(answer.text.contains(place), "verification does not name `{place}`: {}", answer.text);
    Ok(())
}
