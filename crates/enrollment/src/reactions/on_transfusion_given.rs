//! Dosing recorded a transfusion, late perhaps, or took one back: kept where the file asks enrollment about it.

use holdpoint_api::dosing::v1::TransfusionGiven;
use holdpoint_journal::{ReactError, Tx};

use super::on_event_derived::keep;
use super::{Told, id, moment};
use crate::ctx::Ctx;
use crate::domain::heard::HeardEvent;
use crate::domain::ids::EventId;
use crate::{calendar, trial_file};

/// Keeps it, withdraws what it replaces, and asks the file's events again.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: TransfusionGiven) -> Result<(), ReactError> {
    let told = Told::of(tx, &said.trial, &said.subject).await?;
    let event: EventId = id("event", &said.event)?;
    let protocols = told.protocols(ctx, tx).await?;
    if !protocols.iter().any(|protocol| trial_file::asks_event(protocol, &event)) {
        return Ok(());
    }
    let key = |record: &str| format!("dosing/{}/{record}", told.subject.trial);
    if !said.replaces.is_empty()
        && let Some(earlier) = tx.get::<HeardEvent>(&key(&said.replaces)).await?
    {
        let replaced = HeardEvent { withdrawn: true, ..earlier.value.clone() };
        tx.update(&earlier, replaced).await?;
    }
    let at = moment("at", said.at)?;
    let zone = calendar::zone(&told.trial, &told.subject.site)?;
    let heard = HeardEvent {
        id: key(&said.transfusion),
        trial: told.subject.trial.clone(),
        subject: told.subject.id.clone(),
        event,
        date: calendar::day(at, &zone),
        at: Some(at),
        withdrawn: said.withdrawn,
    };
    keep(tx, heard).await?;
    Ok(told.rederive(ctx, tx).await?)
}
