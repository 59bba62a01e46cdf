//! A board's signed decision opened the next group: who is allocated from here on goes into it. One that the trial does
//! not have, or of a trial that has no groups, changes nothing.

use holdpoint_api::safety::v1::CohortOpened;
use holdpoint_journal::{ReactError, Tx};
use serde_json::json;

use super::{id, moment};
use crate::call::chain;
use crate::domain::ids::{CohortId, TrialId};
use crate::domain::places::Places;
use crate::events;

/// Opens it.
pub async fn run(tx: &mut Tx, said: CohortOpened) -> Result<(), ReactError> {
    let (trial, cohort): (TrialId, CohortId) = (id("trial", &said.trial)?, id("cohort", &said.cohort)?);
    let at = moment("at", said.at)?;
    tx.lock(&chain(&trial)).await?;
    let Some(known) = tx.get::<Places>(trial.as_str()).await? else { return Ok(()) };
    let Places::Cohorts(cohorts) = &known.value else { return Ok(()) };
    let opened = Places::Cohorts(cohorts.clone().opened(&cohort, at));
    let what = json!({ "cohort": cohort, "decision": said.decision });
    let entry = events::audit(&trial, "holdpoint.enrollment.v1.audit.CohortOpened", what);
    tx.record(&known, opened, [entry]).await?;
    Ok(())
}
