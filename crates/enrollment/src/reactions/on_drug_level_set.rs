//! Dosing stopped, resumed or ended a drug with a ladder: where the file has an event of that name ("tpo-ra-stopped"),
//! it has happened, and is told as a milestone, for followup's phases hang on it.

use holdpoint_api::dosing::v1::DrugLevelSet;
use holdpoint_journal::{ReactError, Tx};

use super::{Told, date, id};
use crate::commands::record_milestone::store;
use crate::ctx::Ctx;
use crate::domain::milestone::{Milestone, Standing};
use crate::trial_file;

/// Records it.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: DrugLevelSet) -> Result<(), ReactError> {
    let told = Told::of(tx, &said.trial, &said.subject).await?;
    let regimen = id("regimen", &said.regimen)?;
    let protocol = ctx.protocol_of(tx, &told.trial, told.subject.version()).await?;
    let Some(event) = trial_file::drug_event(&protocol, &regimen, &said.change) else { return Ok(()) };
    let milestone = Milestone {
        id: ctx.ids.next().into(),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        event,
        date: date("date", &said.date)?,
        at: None,
        confirmed_by: None,
        replaces: None,
        standing: Standing::Stands,
        recorded_at: tx.by().at,
        derived: true,
        ground_lost: None,
    };
    let told_at_once = trial_file::is_told_at_once(&protocol, &milestone.event);
    store(tx, &milestone, told_at_once).await?;
    Ok(told.rederive(ctx, tx).await?)
}
