//! A version of the trial's protocol is in force: safety keeps the file and asks its rules from here on. A file that
//! safety cannot read is parked, so that no permit is given under rules that nobody runs. Adverse events about which no
//! rule could be asked before are asked about.

use holdpoint_api::enrollment::v1::ProtocolActivated;
use holdpoint_journal::{Aggregate, Event, ReactError, Tx};

use super::Reacted;
use super::read::{message, optional_moment};
use crate::commands::asking;
use crate::ctx::Ctx;
use crate::rules::Protocols;
use crate::store::{ProtocolRow, Trial};

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: ProtocolActivated = message(event)?;
    let at = optional_moment(message.at, "at")?.unwrap_or(event.at);
    let protocol = message.protocol.ok_or_else(|| ReactError::Park("`protocol` is missing".to_owned()))?;
    let row = ProtocolRow {
        trial: protocol.trial.into(),
        version: protocol.version,
        digest: protocol.digest,
        file: message.trial_file,
        dictionaries: message.dictionaries.into_iter().collect(),
        at,
    };
    Protocols::parse(&row).map_err(ReactError::Park)?;
    let mut trial = Trial::lock(tx, &row.trial).await?;
    let first = trial.tx.find::<ProtocolRow>(&[("trial", trial.id.as_str())]).await?.is_empty();
    match trial.tx.get::<ProtocolRow>(&row.id()).await? {
        // Activated again: it is the one in force, whatever came between.
        Some(known) => trial.tx.update(&known, row).await?,
        None => trial.tx.insert(&row).await?,
    };
    asking::unasked_again(ctx, &mut trial).await?;
    if first {
        asking::milestones_again(ctx, &mut trial).await?;
    }
    Ok(())
}
