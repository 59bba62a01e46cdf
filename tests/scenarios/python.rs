//! A hospital's own developer, who has Python, the addresses and a token for each person, and nothing of ours: finds services,
//! methods and messages by reflection and calls three of each service or more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{Plan, SERVICES, repository};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{SITE, Story, TRIAL};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Of the bus that doubles and shuffles.
const SEED: u64 = 16;
/// Who speaks in the program, and in which role.
const PEOPLE: &[(&str, &str)] = &[
    ("mei", "coordinator"),
    ("tan", "pharmacist"),
    ("yan", "bedside-nurse"),
    ("wei", "investigator"),
    ("song", "safety-officer"),
    ("otto", "auditor"),
];

#[test]
fn a_strangers_client_calls_every_service_by_reflection() -> anyhow::Result<()> {
    play(|| told(Plan::EMBEDDED))
}

#[test]
fn a_strangers_client_calls_every_service_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| told(Plan::EMBEDDED.shuffled(SEED)))
}

async fn told(plan: Plan) -> anyhow::Result<()> {
    let Some(python) = interpreter() else {
        println!("skipped: there is no Python environment under target/python; `cargo xtask test` makes it");
        return Ok(());
    };
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    let said = run(&python, &story).await?;
    for service in SERVICES {
        let called = said["called"][service].as_array().map_or(0, Vec::len);
        ensure!(called >= 3, "{service}: fewer than three methods answered: {said}");
    }
    let heads = said["called"]["journal"].as_array().map_or(0, Vec::len);
    ensure!(heads >= 3, "the journals of the services answer too: {said}");
    let refused = &said["refused"];
    ensure!(refused["status"] == "PERMISSION_DENIED", "a wrong role is refused: {said}");
    ensure!(refused["code"].as_str().is_some_and(|code| !code.is_empty()), "with a stable code: {said}");
    story.is_consistent()
}

/// The interpreter that `cargo xtask test` prepares.
pub fn interpreter() -> Option<PathBuf> {
    let found = Path::new("target/python/bin/python");
    Some(repository().join(found)).filter(|path| path.is_file())
}

async fn run(python: &Path, story: &Story) -> anyhow::Result<Value> {
    let tokens: BTreeMap<&str, String> = PEOPLE
        .iter()
        .map(|(name, role)| Ok((*role, story.house.token(name, role)?)))
        .collect::<anyhow::Result<_>>()?;
    let told = json!({
        "addresses": story.house.addresses(),
        "tokens": tokens,
        "trial": TRIAL,
        "site": SITE,
        "now_s": story.now().as_second(),
    });
    talk(python, "hospital.py", &told).await
}

/// Runs a program of `tests/python`, tells it something, and reads what it says.
pub async fn talk(python: &Path, script: &str, told: &Value) -> anyhow::Result<Value> {
    let script = repository().join("tests/python").join(script);
    let mut child = Command::new(python)
        .arg(script)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("its input")?;
    stdin.write_all(told.to_string().as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "the program failed: {said}{wrong}");
    serde_json::from_str(said.trim()).with_context(|| format!("no JSON: {said}"))
}
