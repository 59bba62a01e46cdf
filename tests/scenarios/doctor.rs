//! `holdpoint doctor` over the real program: a well house has no finding but those of the machine, and each trouble that can be
//! planted is found under its number, with its mend and the exit code.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Kind, Plan};
use holdpoint_system_tests::journal::{Database, Tampering, tamper};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, TRIAL};
use serde_json::Value;

/// Its validity ended, or ends, on 2026-12-02.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBRjCB+aADAgECAhR5M8mCLKvrRg7m8BU5Lt6nI7mWUTAFBgMrZXAwGTEXMBUG
A1UEAwwOaG9sZHBvaW50LXRlc3QwHhcNMjYxMTIyMTg0MjE4WhcNMjYxMjAyMTg0
MjE4WjAZMRcwFQYDVQQDDA5ob2xkcG9pbnQtdGVzdDAqMAUGAytlcAMhANI6pLF+
iWoLt9Ns6SwY6KCKnmkl8ZopZynT0/tkg8Gjo1MwUTAdBgNVHQ4EFgQUkD+hbrJR
FD321anHBPi+P+1Sj7cwHwYDVR0jBBgwFoAUkD+hbrJRFD321anHBPi+P+1Sj7cw
DwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQBV5KX+r4EwGwcLV4L2k0V61V5bwiMJ
5OHrQMFJRP/Fn97bQhjhRO0h22YQHENRRfN/dVoH7+Slfxd09loHi7kM
-----END CERTIFICATE-----
";

#[test]
fn finds_what_is_planted_in_a_house_of_files() -> anyhow::Result<()> {
    play(of_files)
}

#[test]
fn finds_what_is_wrong_with_a_server_that_is_for_tests_only() -> anyhow::Result<()> {
    play(of_servers)
}

/// A running house with a short history.
async fn house(plan: Plan) -> anyhow::Result<Option<Story>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    let held = story.place_hold("for a history").await?;
    story.release(&held.hold.hold).await?;
    story.hush().await?;
    Ok(Some(story))
}

/// Asks the doctor; answers what it says and its exit code.
fn asked(story: &Story, flags: &[&str], told: &[(&str, &str)]) -> anyhow::Result<(Value, Option<i32>)> {
    let (keys, store) = (story.house.keys(), story.house.store().to_owned());
    let port = story.house.addresses()["enrollment"].rsplit_once(':').context("a port")?.1.to_owned();
    let mut line = vec!["doctor", "--json", "--keys", &keys, "--store", &store];
    if story.house.kind == Kind::Embedded {
        line.extend(["--port", &port]);
    }
    let answer = story.house.ask_told(&[&line[..], flags].concat(), told)?;
    let object = answer.text.lines().find(|line| line.starts_with('{'));
    let said = serde_json::from_str(object.with_context(|| answer.text.clone())?)?;
    Ok((said, answer.code))
}

/// The finding of this number is there, says this, and has a mend; a problem ends with 1, a warning with 0.
fn finds(
    story: &Story,
    number: &str,
    severity: &str,
    what: &str,
    (flags, told): (&[&str], &[(&str, &str)]),
) -> anyhow::Result<()> {
    let (said, code) = asked(story, &[&["--only", number], flags].concat(), told)?;
    let found = said["findings"].as_array().context("findings")?;
    let such = found.iter().any(|finding| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default();
        text("number") == number
            && text("severity") == severity
            && text("what").contains(what)
            && !text("mend").is_empty()
    });
    ensure!(such, "{number} does not say `{what}`: {said:#}");
    ensure!(code == Some(i32::from(severity == "problem")), "{number} ended with {code:?}: {said:#}");
    Ok(())
}

async fn of_files() -> anyhow::Result<()> {
    let Some(mut story) = house(Plan::EMBEDDED).await? else { return Ok(()) };
    let (said, code) = asked(&story, &["--min-free-mib", "1"], &[])?;
    ensure!(said["clean"] == Value::Bool(true) && code == Some(0), "a well house: {said:#}");
    ensure!(said["looked_at"].as_array().is_some_and(|all| all.len() == 16), "sixteen checks: {said:#}");
    of_the_machine(&story)?;
    of_the_keys(&story)?;
    let dead = ["--bus", "nats://127.0.0.1:1"];
    finds(&story, "D08", "problem", "does not answer", (&dead, &[]))?;
    story.house.stop_all().await?;
    finds(&story, "D13", "problem", "safety does not answer", (&[], &[]))?;
    of_the_databases(&story).await?;
    let refused = story.house.ask_told(&["doctor"], &[("HOLDPOINT__SERVER__PROT", "7400")])?;
    ensure!(refused.code == Some(2) && refused.text.contains("server.port"), "{}", refused.text);
    Ok(())
}

fn of_the_machine(story: &Story) -> anyhow::Result<()> {
    let fake = story.house.path("fake");
    std::fs::create_dir(&fake)?;
    let program = format!("{fake}/timedatectl");
    std::fs::write(&program, "#!/bin/sh\necho no\n")?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{fake}:{}", std::env::var_os("PATH").unwrap_or_default().to_string_lossy());
    finds(story, "D01", "problem", "not synchronized", (&[], &[("PATH", &path)]))?;
    finds(story, "D04", "problem", "MiB free", (&["--min-free-mib", "999999999999"], &[]))?;
    let certificate = story.house.path("certificate.pem");
    std::fs::write(&certificate, CERTIFICATE)?;
    let (said, _) = asked(story, &["--only", "D12", "--certificate", &certificate], &[])?;
    ensure!(said.to_string().contains("2026-12-02T18:42:18Z"), "{said:#}");
    std::fs::write(&certificate, &CERTIFICATE[..200])?;
    finds(story, "D12", "problem", "cut off", (&["--certificate", &certificate], &[]))
}

fn of_the_keys(story: &Story) -> anyhow::Result<()> {
    let key = format!("{}/safety.key", story.house.keys());
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    finds(story, "D11", "problem", "can be read by others", (&[], &[]))?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
    let public = format!("{}/labs.pub", story.house.keys());
    let content = std::fs::read(&public)?;
    std::fs::remove_file(&public)?;
    finds(story, "D11", "problem", "no labs.pub", (&[], &[]))?;
    Ok(std::fs::write(&public, content)?)
}

async fn of_the_databases(story: &Story) -> anyhow::Result<()> {
    let store = story.house.store().to_owned();
    let planted = async |service: &str, text: &str| -> anyhow::Result<()> {
        let mut db = Database::open(&store, service).await?;
        db.run(text).await?;
        db.close().await
    };
    planted("labs", "ALTER TABLE journal_head ADD COLUMN later TEXT").await?;
    finds(story, "D07", "problem", "journal_head.later is not known", (&[], &[]))?;
    planted("labs", "ALTER TABLE journal_head DROP COLUMN later").await?;
    planted("labs", "UPDATE journal_schema SET version = 99 WHERE name = 'journal'").await?;
    finds(story, "D07", "problem", "version 99", (&[], &[]))?;
    planted("labs", "UPDATE journal_schema SET version = 2 WHERE name = 'journal'").await?;
    planted(
        "dosing",
        &format!(
            "UPDATE journal_cursor SET number = number + 1000 WHERE source = 'safety' AND chain = '{TRIAL}'"
        ),
    )
    .await?;
    finds(story, "D14", "problem", "went back in time", (&[], &[]))?;
    planted(
        "dosing",
        &format!(
            "UPDATE journal_cursor SET number = number - 1000 WHERE source = 'safety' AND chain = '{TRIAL}'"
        ),
    )
    .await?;
    planted(
        "dosing",
        &format!("UPDATE journal_cursor SET number = 1 WHERE source = 'safety' AND chain = '{TRIAL}'"),
    )
    .await?;
    finds(story, "D14", "problem", "rows behind", (&["--max-lag-rows", "0"], &[]))?;
    let parked = "INSERT INTO journal_parked (source, chain, incarnation, number, hash, kind, critical, why, at_us) VALUES \
                  ('safety', '-', 0, 1, X'00', 'x', TRUE, 'planted', 0)";
    planted("followup", parked).await?;
    finds(story, "D15", "problem", "planted", (&[], &[]))?;
    let mut db = Database::open(&store, "enrollment").await?;
    tamper(&mut db, "enrollment", TRIAL, Tampering::ByteChanged).await?;
    db.close().await?;
    finds(story, "D16", "problem", "enrollment, chain", (&[], &[]))?;
    // What follows damages the file itself.
    let file = format!("{store}/followup.db");
    let mut bytes = std::fs::read(&file)?;
    let end = bytes.len();
    bytes[end / 2..end / 2 + 4_096].fill(0xA5);
    std::fs::write(&file, bytes)?;
    finds(story, "D06", "problem", "followup is damaged", (&[], &[]))?;
    std::fs::remove_file(&file)?;
    finds(story, "D05", "problem", "no database of followup", (&[], &[]))
}

/// The servers of a test run are the planted trouble: PostgreSQL that does not flush, and a NATS release with known holes.
async fn of_servers() -> anyhow::Result<()> {
    let Some(story) = house(Plan::APART).await? else { return Ok(()) };
    let nats = story.house.nats.as_ref().context("a bus")?.url();
    finds(&story, "D05", "problem", "fsync = off", (&[], &[]))?;
    let (said, code) = asked(
        &story,
        &[
            "--only", "D02", "--only", "D03", "--only", "D07", "--only", "D08", "--only", "D13", "--only",
            "D14", "--only", "D16", "--bus", &nats,
        ],
        &[],
    )?;
    ensure!(said["clean"] == Value::Bool(true) && code == Some(0), "what is well: {said:#}");
    let (said, _) = asked(&story, &["--only", "D09", "--bus", &nats], &[])?;
    let old = said.to_string().contains("CVE-2025-30215");
    let version = said.to_string().contains("nats-server 2.9");
    ensure!(old == version, "the release is judged by its number: {said:#}");
    finds(&story, "D10", "warning", "no monitor", (&["--bus", &nats], &[]))
}
