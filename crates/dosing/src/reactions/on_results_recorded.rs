//! Results of the laboratory. Dosing keeps those that the ladder of some drug asks for; of each the newest word stands,
//! in whatever order the words arrive (Protocol 5.1; protocols README, sentence 18).

use holdpoint_api::common::v1::value::Of;
use holdpoint_api::labs::v1::{Result as LabResult, ResultsRecorded};
use holdpoint_journal::{Aggregate, ReactError, Tx};

use super::moment;
use crate::ctx::Ctx;
use crate::domain::reading::Reading;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: ResultsRecorded) -> Result<(), ReactError> {
    // While no version of the trial's file is known here, anything may be asked for by the one that comes.
    let asked_for = ctx.protocols.ladder_facts(tx, &event.trial).await?;
    for result in event.results {
        if asked_for.as_ref().is_some_and(|facts| !facts.contains(&result.fact)) {
            continue;
        }
        let reading = read(&event.trial, result)?;
        match tx.get::<Reading>(&reading.id()).await? {
            Some(known) if !reading.supersedes(&known) => {}
            Some(known) => drop(tx.update(&known, reading).await?),
            None => drop(tx.insert(&reading).await?),
        }
    }
    Ok(())
}

/// What is void, or no decimal number, has no number: it leaves the fact unknown.
fn read(trial: &str, result: LabResult) -> Result<Reading, ReactError> {
    if result.result.is_empty() || result.subject.is_empty() {
        return Err(ReactError::Park("a result names no subject or not itself".to_owned()));
    }
    let value = result.value.unwrap_or_default();
    let number = match value.of {
        Some(Of::Number(number)) if !result.void => number.parse().ok(),
        _ => None,
    };
    Ok(Reading {
        result: result.result,
        version: result.version,
        trial: trial.into(),
        subject: result.subject.into(),
        fact: result.fact,
        number,
        unit: value.unit,
        taken_at: moment(result.taken_at, "taken_at")?,
    })
}
