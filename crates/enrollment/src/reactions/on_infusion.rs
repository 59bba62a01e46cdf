//! Dosing gave a dose: enrollment keeps its dates, for what the file counts from doses.

use holdpoint_api::dosing::v1 as pb;
use holdpoint_journal::{ReactError, Stored, Tx};

use super::{id, moment};
use crate::domain::subject::{Dose, Subject};
use crate::store::subject_key;

/// Cells began to flow.
pub async fn started(tx: &mut Tx, said: pb::InfusionStarted) -> Result<(), ReactError> {
    let subject = subject(tx, &said.trial, &said.subject).await?;
    let dose = Dose { number: said.number, started_at: moment("at", said.at)?, completed_at: None };
    let mut changed = subject.value.clone();
    changed.doses.entry(said.permit).or_insert(dose);
    tx.update(&subject, changed).await?;
    Ok(())
}

/// It was over.
pub async fn completed(tx: &mut Tx, said: pb::InfusionCompleted) -> Result<(), ReactError> {
    let at = moment("at", said.at)?;
    change(tx, &said.trial, &said.subject, &said.permit, |dose| dose.completed_at = Some(at)).await
}

/// The time of its start was corrected.
pub async fn corrected(tx: &mut Tx, said: pb::InfusionTimeCorrected) -> Result<(), ReactError> {
    let at = moment("at", said.at)?;
    change(tx, &said.trial, &said.subject, &said.permit, |dose| dose.started_at = at).await
}

async fn change(
    tx: &mut Tx,
    trial: &str,
    subject_id: &str,
    permit: &str,
    to: impl FnOnce(&mut Dose),
) -> Result<(), ReactError> {
    let subject = subject(tx, trial, subject_id).await?;
    let mut changed = subject.value.clone();
    match changed.doses.get_mut(permit) {
        Some(dose) => to(dose),
        None => return Err(ReactError::Park("an infusion that never started was changed".to_owned())),
    }
    tx.update(&subject, changed).await?;
    Ok(())
}

/// Enrollment owns subjects: one that it does not have was lost by a restore, and the row waits for people.
pub(super) async fn subject(tx: &Tx, trial: &str, subject: &str) -> Result<Stored<Subject>, ReactError> {
    let (trial, subject) = (id("trial", trial)?, id("subject", subject)?);
    let found = tx.get::<Subject>(&subject_key(&trial, &subject)).await?;
    found.ok_or_else(|| ReactError::Park(format!("trial {trial} has no subject {subject} here")))
}
