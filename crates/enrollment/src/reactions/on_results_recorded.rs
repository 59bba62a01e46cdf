//! Labs has results: those that the file asks enrollment about are kept as they stand, a correction in the place of what
//! it corrects, a void as no value. The rest is labs' own.

use std::collections::BTreeMap;

use holdpoint_api::labs::v1::{Result as LabResult, ResultsRecorded};
use holdpoint_journal::{Changed, ReactError, Tx};

use super::{Told, id, moment};
use crate::ctx::Ctx;
use crate::domain::heard::HeardFact;
use crate::domain::ids::FactId;
use crate::{events, trial_file};

/// Keeps what is asked, then asks the file's events again, once a subject.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: ResultsRecorded) -> Result<(), ReactError> {
    let mut of_subject: BTreeMap<String, Vec<LabResult>> = BTreeMap::new();
    for result in said.results {
        of_subject.entry(result.subject.clone()).or_default().push(result);
    }
    let all = Told::of_all(tx, &said.trial, of_subject.keys().map(String::as_str)).await?;
    let (mut heard, mut changed) = (vec![], vec![]);
    for (told, results) in all.iter().zip(of_subject.into_values()) {
        let protocols = told.protocols(ctx, tx).await?;
        let before = heard.len();
        for result in results {
            let fact: FactId = id("fact", &result.fact)?;
            if protocols.iter().any(|protocol| trial_file::asks_fact(protocol, &fact)) {
                heard.push(told_fact(told, fact, result)?);
            }
        }
        changed.extend((heard.len() > before).then_some(told));
    }
    keep(tx, heard).await?;
    for told in changed {
        told.rederive(ctx, tx).await?;
    }
    Ok(())
}

fn told_fact(told: &Told, fact: FactId, result: LabResult) -> Result<HeardFact, ReactError> {
    Ok(HeardFact {
        id: format!("labs/{}/{}", told.subject.trial, result.result),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        fact,
        reading: result.value.filter(|_| !result.void).and_then(events::reading),
        taken_at: moment("taken_at", result.taken_at)?,
        version: result.version,
    })
}

/// The newest word of each stands.
async fn keep(tx: &mut Tx, heard: Vec<HeardFact>) -> Result<(), ReactError> {
    let ids: Vec<String> = heard.iter().map(|heard| heard.id.clone()).collect();
    let mut facts = Changed::default();
    facts.take(tx.get_all::<HeardFact>(&ids).await?.into_values());
    for heard in heard {
        let known = facts.entry(&heard.id, || heard.clone());
        if known.version <= heard.version {
            *known = heard;
        }
    }
    Ok(facts.write(tx).await?)
}
