//! Reads that several commands share. What is not there is refused by name.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate, Stored, Tx};

use super::within;
use crate::domain::ids::{InfusionId, SubjectId, TrialId};
use crate::domain::lot::Lot;
use crate::domain::subject::Subject;
use crate::domain::treatment::Treatment;
use crate::domain::weight::Weight;
use crate::error::{JOURNAL_UNSURE, not_found};
use crate::events;

/// One infusion of a trial. An infusion of another trial is not there.
pub async fn treatment(tx: &Tx, trial: &TrialId, infusion: &InfusionId) -> Result<Stored<Treatment>> {
    let found = tx.get::<Treatment>(infusion.as_str()).await?;
    found
        .filter(|treatment| treatment.key().trial == *trial)
        .ok_or_else(|| not_found("infusion", infusion.as_str()))
}

/// Every infusion of a subject, in the order it was planned.
pub async fn treatments(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Vec<Stored<Treatment>>> {
    tx.find::<Treatment>(&[("subject", &within(trial, subject.as_str()))]).await
}

/// A subject that some event named.
pub async fn subject(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Stored<Subject>> {
    let found = tx.get::<Subject>(&within(trial, subject.as_str())).await?;
    found.ok_or_else(|| not_found("subject", subject.as_str()))
}

/// Everything of a kind that is kept by its subject, in the order it was stored.
pub async fn of_subject<A: Aggregate>(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Vec<A>> {
    let found = tx.find::<A>(&[("subject", &within(trial, subject.as_str()))]).await?;
    Ok(found.into_iter().map(|one| one.value).collect())
}

/// A lot that was received.
pub async fn lot(tx: &Tx, lot: &str) -> Result<Stored<Lot>> {
    tx.get::<Lot>(lot).await?.ok_or_else(|| not_found("lot", lot))
}

/// The weight measured last, of those written down first to last.
pub async fn newest_weight(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Option<Stored<Weight>>> {
    let weights = tx.find::<Weight>(&[("subject", &within(trial, subject.as_str()))]).await?;
    Ok(weights.into_iter().max_by_key(|weight| (weight.measured_at, weight.order)))
}

/// The weight measured last before a moment, of those that may dose.
pub async fn weight_before(
    tx: &Tx,
    trial: &TrialId,
    subject: &SubjectId,
    at: jiff::Timestamp,
) -> Result<Option<Stored<Weight>>> {
    let weights = tx.find::<Weight>(&[("subject", &within(trial, subject.as_str()))]).await?;
    let earlier = weights.into_iter().filter(|weight| weight.measured_at <= at && weight.checked().is_ok());
    Ok(earlier.max_by_key(|weight| (weight.measured_at, weight.order)))
}

/// Refuses while a journal of the trial is known to have gone back and nobody reconciled it.
pub async fn journal_is_whole(tx: &Tx, trial: &TrialId) -> Result<()> {
    match tx.unreconciled(&events::chain(trial)).await? {
        Some(rollback) => {
            Err(JOURNAL_UNSURE.refuse(format!("{rollback}; nothing starts until it is reconciled")).into())
        }
        None => Ok(()),
    }
}
