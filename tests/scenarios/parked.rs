//! A row that cannot be applied: safety gives no permit in the trial, people are told, and one of them has it passed over,
//! with a reason that the journal keeps. Architecture, idea 2; reliability.md F25.

use anyhow::{Context as _, ensure};
use holdpoint_api::safety::v1::ListAlertsRequest;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::journal::{Database, change_byte};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, TRIAL};

#[test]
fn f25_a_parked_row_stops_is_told_and_is_skipped() -> anyhow::Result<()> {
    play(|| a_parked_row(Plan::APART))
}

#[test]
fn f25_a_parked_row_stops_is_told_and_is_skipped_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| a_parked_row(Plan::APART.shuffled(SEED)))
}

/// Of the bus that doubles and shuffles.
const SEED: u64 = 17;

const REASON: &str = "the weight is on paper, and was read there by two people";

async fn a_parked_row(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    story.lot().await?;
    let subject = story.treated[0].clone();
    story.plan(&subject, "2026-03-11T10:00").await?;
    story.at("2026-03-11T10:00")?;
    story.hush().await?;
    // Nothing rings while the bus is down, so that no copy of the row is on its way.
    story.house.nats()?.kill()?;
    story.house.stop("safety").await?;
    story.prepare(&subject, 1).await?;
    story.house.stop("dosing").await?;
    let number = garble_newest(story.house.store()).await?;
    story.house.nats()?.start().await?;
    story.house.start("dosing").await?;
    story.house.start("safety").await?;

    let told = until("people are told of the parked row", PATIENCE, async || {
        let alerts = alerts(&story).await?;
        Ok(alerts.into_iter().find(|text| text.contains("safety could not apply row")))
    })
    .await?;
    ensure!(told.contains(&format!("row {number} of dosing's journal")), "the alert names the row: {told}");
    let refused = story.start(&subject, 1).await?.err().context("a start over a parked row")?;
    ensure!(refused.message.contains("parked"), "the refusal says why: {refused:?}");

    the_report_names_it(&story)?;
    for reader in ["safety", "enrollment", "labs", "followup"] {
        is_skipped(&story, reader, number).await?;
    }
    let what = "a start after the row was passed over";
    until(what, PATIENCE, async || Ok(story.start(&subject, 1).await?.ok())).await?;
    story.is_consistent()?;
    is_journaled(story.house.store()).await
}

/// Changes the newest row of dosing's journal of the trial, and answers its number.
async fn garble_newest(store: &str) -> anyhow::Result<u64> {
    let mut db = Database::open(store, "dosing").await?;
    let newest = format!("SELECT CAST(number AS TEXT) FROM journal_head WHERE chain = '{TRIAL}'");
    let number: u64 = db.texts(&newest, 1).await?.concat().concat().parse()?;
    let row = format!("chain = '{TRIAL}' AND number = {number}");
    change_byte(&mut db, "journal_row", "public", &row).await?;
    db.close().await?;
    Ok(number)
}

async fn alerts(story: &Story) -> anyhow::Result<Vec<String>> {
    let request = ListAlertsRequest { trial: TRIAL.to_owned(), ..Default::default() };
    let answer = story.people.safety_officer.safety.clone().list_alerts(request).await?.into_inner();
    Ok(answer.alerts.into_iter().filter_map(|view| Some(view.alert?.text)).collect())
}

/// The consistency report says who parked a row of whom.
fn the_report_names_it(story: &Story) -> anyhow::Result<()> {
    let report = story.report()?.to_string();
    ensure!(report.contains("safety parked a row of dosing"), "the report is silent about it: {report}");
    Ok(())
}

/// Each reader has parked the row, lists it, and passes it over on a person's word.
async fn is_skipped(story: &Story, reader: &str, number: u64) -> anyhow::Result<()> {
    let row = format!("dosing, chain {TRIAL}, row {number}, ");
    until(&format!("{reader} lists the row"), PATIENCE, async || {
        Ok(ask(story, reader, "parked", &[])?.contains(&row).then_some(()))
    })
    .await?;
    let number = number.to_string();
    let flags = ["--source", "dosing", "--chain", TRIAL, "--number", &number, "--reason", REASON];
    ask(story, reader, "skip", &flags).map(drop)
}

/// Asks a service's journal something at the terminal, as the administrator.
fn ask(story: &Story, service: &str, what: &str, flags: &[&str]) -> anyhow::Result<String> {
    let (address, keys) = (story.house.addresses()[service].clone(), story.house.keys());
    let who = ["journal", what, "--address", &address, "--principal", "adam", "--keys", &keys];
    Ok(story.house.ask(&[&who, flags].concat())?.expect_success()?.text)
}

/// Who passed the row over, and why, is in safety's journal.
async fn is_journaled(store: &str) -> anyhow::Result<()> {
    let mut db = Database::open(store, "safety").await?;
    let body = db.hex("p.body");
    let text = format!(
        "SELECT {body} FROM journal_row r JOIN journal_private p ON p.chain = r.chain AND p.number = r.number \
         WHERE r.kind = 'holdpoint.journal.v1.RowSkipped'"
    );
    let private = String::from_utf8(hex::decode(db.texts(&text, 1).await?.concat().concat())?)?;
    ensure!(private.contains("adam") && private.contains(REASON), "the journal keeps who and why: {private}");
    db.close().await
}
