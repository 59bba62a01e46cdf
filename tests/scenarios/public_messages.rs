//! The 38 public messages of `../shared/data/hl7` through the real listener: each ends as kept, as waiting for a person, or as
//! refused with its place. They are read where they are; where they are absent the test says so and is skipped.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::lis::Client;
use holdpoint_api::labs::v1::{IngestHl7Request, IngestHl7Response, Outcome};
use holdpoint_chassis::identity::Role;
use holdpoint_system_tests::house::{Plan, repository};
use holdpoint_system_tests::play;

use crate::laboratory::{FEED, linked};

/// The table of what becomes of each: message, answer, what it is for, findings that wait for a person, that are kept and used
/// for nothing, that are refused, the place of the first thing that is wrong; and why, for who reads it.
const TABLE: &str = "docs/evidence/labs.md";

#[test]
fn every_public_message_through_the_listener_ends_for_a_reason() -> anyhow::Result<()> {
    play(through)
}

async fn through() -> anyhow::Result<()> {
    let messages = match all() {
        Ok(messages) => messages,
        Err(absent) => {
            println!("skipped: the public messages are not at hand ({absent})");
            return Ok(());
        }
    };
    let Some(story) = linked(Plan::EMBEDDED).await? else { return Ok(()) };
    let listener = story.house.listener(FEED, &[]).await?;
    let mut client = Client::new(&listener.address, None, Duration::from_secs(60));
    let feed = story.house.desk()?.person(FEED, &[Role::LaboratoryFeed])?;
    let mut found = vec![];
    for (name, bytes) in &messages {
        let heard = client.send(bytes, 1).await.with_context(|| format!("message {name}"))?;
        // The same again over gRPC is answered the same, and says what became of each finding.
        let request = IngestHl7Request { act: feed.act(""), message: bytes.clone(), fault: 0 };
        let mut answers = feed.labs.clone().ingest_hl7(futures::stream::iter([request])).await?.into_inner();
        let answer = answers.message().await?.context("an answer")?;
        ensure!(answer.repeated_message, "{name}: the listener's message is the same");
        let text = String::from_utf8_lossy(&answer.answer).into_owned();
        ensure!(text.contains(&format!("\rMSA|{}|", heard.code)), "{name}: {text}");
        let wrong = heard.errors.first().map(|error| place(error)).unwrap_or_default();
        let [waiting, kept, refused] = outcomes(&answer);
        let purpose = &answer.purpose;
        found.push(format!(
            "| {name} | {} | {purpose} | {waiting} | {kept} | {refused} | {wrong} |",
            heard.code
        ));
    }
    println!("{}", found.join("\n"));
    let text = std::fs::read_to_string(repository().join(TABLE)).with_context(|| format!("read {TABLE}"))?;
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("| 0")).collect();
    ensure!(
        found.len() == 38 && told.len() == 38,
        "{} messages, {} told of in {TABLE}",
        found.len(),
        told.len()
    );
    for (found, told) in found.iter().zip(told) {
        ensure!(told.starts_with(found.as_str()), "{TABLE} says {told}, and it was {found}");
    }
    Ok(())
}

fn outcomes(answer: &IngestHl7Response) -> [usize; 3] {
    [Outcome::Quarantined, Outcome::Kept, Outcome::Refused].map(|wanted| {
        let found = answer.findings.iter().filter_map(|finding| finding.outcome.as_ref());
        found.filter(|outcome| outcome.outcome() == wanted).count()
    })
}

/// ERR-2, or in older versions ERR-1: "OBX^1^11" of "ERR||OBX^1^11^1^1^|101...".
fn place(error: &str) -> String {
    let fields: Vec<&str> = error.split('|').collect();
    let place =
        fields.get(2).filter(|place| !place.is_empty()).or(fields.get(1)).copied().unwrap_or_default();
    place.split('^').take(3).collect::<Vec<_>>().join("^").trim_end_matches('^').to_owned()
}

fn all() -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(repository().join("../shared/data/hl7"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".hl7") {
            all.insert(name.chars().take(3).collect(), std::fs::read(entry.path())?);
        }
    }
    Ok(all)
}
