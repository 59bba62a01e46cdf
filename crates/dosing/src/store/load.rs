//! Reads that several commands share. What is not there is refused by name.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};

use super::tables::{Site, within};
use crate::domain::hold::Hold;
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

/// A lot that was received.
pub async fn lot(tx: &Tx, lot: &str) -> Result<Stored<Lot>> {
    tx.get::<Lot>(lot).await?.ok_or_else(|| not_found("lot", lot))
}

/// The holds of a trial that stand.
pub async fn standing_holds(tx: &Tx, trial: &TrialId) -> Result<Vec<Hold>> {
    let holds = tx.find::<Hold>(&[("trial", trial.as_str()), ("state", "standing")]).await?;
    Ok(holds.into_iter().map(|hold| hold.value).collect())
}

/// The weight measured last, of those written down first to last.
pub async fn newest_weight(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Option<Stored<Weight>>> {
    let weights = tx.find::<Weight>(&[("subject", &within(trial, subject.as_str()))]).await?;
    Ok(weights.into_iter().max_by_key(|weight| (weight.measured_at, weight.order)))
}

/// The calendar of a site; without one, or with a name that is none, the clinical day is that of UTC.
pub async fn time_zone(tx: &Tx, trial: &TrialId, site: Option<&str>) -> Result<jiff::tz::TimeZone> {
    let Some(site) = site else { return Ok(jiff::tz::TimeZone::UTC) };
    let known = tx.get::<Site>(&within(trial, site)).await?;
    let zone = known.and_then(|site| jiff::tz::TimeZone::get(&site.time_zone).ok());
    Ok(zone.unwrap_or(jiff::tz::TimeZone::UTC))
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
