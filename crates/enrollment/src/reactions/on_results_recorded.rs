//! Labs has results: those that the file asks enrollment about are kept as they stand, a correction in the place of what
//! it corrects, a void as no value. The rest is labs' own.

use std::collections::BTreeMap;

use holdpoint_api::labs::v1::{Result as LabResult, ResultsRecorded};
use holdpoint_journal::{ReactError, Tx};

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
    for (subject, results) in of_subject {
        let told = Told::of(tx, &said.trial, &subject).await?;
        let protocols = told.protocols(ctx, tx).await?;
        let mut changed = false;
        for result in results {
            let fact: FactId = id("fact", &result.fact)?;
            if protocols.iter().any(|protocol| trial_file::asks_fact(protocol, &fact)) {
                keep(tx, &told, fact, result).await?;
                changed = true;
            }
        }
        if changed {
            told.rederive(ctx, tx).await?;
        }
    }
    Ok(())
}

async fn keep(tx: &mut Tx, told: &Told, fact: FactId, result: LabResult) -> Result<(), ReactError> {
    let heard = HeardFact {
        id: format!("labs/{}/{}", told.subject.trial, result.result),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        fact,
        reading: result.value.filter(|_| !result.void).and_then(events::reading),
        taken_at: moment("taken_at", result.taken_at)?,
        version: result.version,
    };
    match tx.get::<HeardFact>(&heard.id).await? {
        Some(known) if known.value.version > heard.version => Ok(()),
        Some(known) => Ok(tx.update(&known, heard).await.map(drop)?),
        None => Ok(tx.insert(&heard).await.map(drop)?),
    }
}
