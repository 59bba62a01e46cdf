//! Labs found an event of the file in its results, or a correction took one away: kept where a criterion stands on it or
//! an event of enrollment's is made of it. It is labs' to tell; enrollment does not tell it a second time.

use holdpoint_api::labs::v1::EventDerived;
use holdpoint_journal::{ReactError, Tx};

use super::{Told, date, id};
use crate::ctx::Ctx;
use crate::domain::heard::HeardEvent;
use crate::domain::ids::EventId;
use crate::trial_file;

/// Keeps it, and asks what is made of it again.
pub async fn run(ctx: &Ctx, tx: &mut Tx, said: EventDerived) -> Result<(), ReactError> {
    let told = Told::of(tx, &said.trial, &said.subject).await?;
    let event: EventId = id("event", &said.event)?;
    let protocols = told.protocols(ctx, tx).await?;
    if !protocols.iter().any(|protocol| trial_file::asks_event(protocol, &event)) {
        return Ok(());
    }
    let (trial, subject) = (told.subject.trial.clone(), told.subject.id.clone());
    let heard = HeardEvent {
        id: format!("labs/{trial}/{subject}/{event}"),
        trial,
        subject,
        event,
        date: date("date", &said.date)?,
        at: None,
        withdrawn: said.withdrawn,
    };
    keep(tx, heard).await?;
    Ok(told.rederive(ctx, tx).await?)
}

/// The newest word about it.
pub(super) async fn keep(tx: &mut Tx, heard: HeardEvent) -> Result<(), ReactError> {
    match tx.get::<HeardEvent>(&heard.id).await? {
        Some(known) => tx.update(&known, heard).await.map(drop)?,
        None => tx.insert(&heard).await.map(drop)?,
    }
    Ok(())
}
