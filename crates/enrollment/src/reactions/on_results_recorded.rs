//! Labs has results: those that the file asks enrollment about are kept as they stand, a correction in the place of what
//! it corrects, a void as no value. The rest is labs' own.

use std::collections::BTreeSet;

use holdpoint_api::labs::v1::{Result as LabResult, ResultsRecorded};
use holdpoint_journal::{ReactError, Tx};

use super::{Told, id, moment};
use crate::ctx::Ctx;
use crate::domain::heard::HeardFact;
use crate::domain::ids::FactId;
use crate::{events, trial_file};

/// Keeps what is asked, then asks the file's events again, once a subject.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: ResultsRecorded) -> Result<(), ReactError> {
    let mut changed = BTreeSet::new();
    for result in said.results {
        let subject = result.subject.clone();
        let told = Told::of(tx, &said.trial, &subject).await?;
        let fact: FactId = id("fact", &result.fact)?;
        let protocols = told.protocols(ctx, tx).await?;
        if protocols.iter().any(|protocol| trial_file::asks_fact(protocol, &fact)) {
            keep(tx, &told, fact, result).await?;
            changed.insert(subject);
        }
    }
    for subject in changed {
        Told::of(tx, &said.trial, &subject).await?.rederive(ctx, tx).await?;
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
