//! Results of the laboratory. Dosing keeps those that the ladder of some drug asks for; of each the newest word stands,
//! in whatever order the words arrive (Protocol 5.1; protocols README, sentence 18).

use holdpoint_api::common::v1::value::Of;
use holdpoint_api::labs::v1::{Result as LabResult, ResultsRecorded};
use holdpoint_journal::{Aggregate as _, Changed, ReactError, Tx};

use super::moment;
use crate::ctx::Ctx;
use crate::domain::reading::Reading;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: ResultsRecorded) -> Result<(), ReactError> {
    // While no version of the trial's file is known here, anything may be asked for by the one that comes.
    let asked_for = ctx.protocols.ladder_facts(tx, &event.trial).await?;
    let is_asked = |result: &LabResult| asked_for.as_ref().is_none_or(|facts| facts.contains(&result.fact));
    let asked = event.results.into_iter().filter(is_asked);
    let heard = asked.map(|result| read(&event.trial, result)).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<String> = heard.iter().map(Reading::id).collect();
    let mut readings = Changed::default();
    readings.take(tx.get_all::<Reading>(&ids).await?.into_values());
    for reading in heard {
        let known = readings.entry(&reading.id(), || reading.clone());
        if reading.supersedes(known) {
            *known = reading;
        }
    }
    Ok(readings.write(tx).await?)
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
