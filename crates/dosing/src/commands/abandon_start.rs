//! A person's statement that nothing was given: the permit is void, the infusion off the lists and authorized again
//! (holds.md step 5).

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::Tx;

use super::at_bedside;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::fate::{Fate, VoidWhy};
use crate::domain::ids::{InfusionId, PermitId, TrialId};
use crate::error::not_found;
use crate::events;
use crate::store::PermitFate;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/AbandonStart";

/// Which start was not made. The statement is the act's reason.
#[derive(Clone, Debug)]
pub struct AbandonStart {
    /// The act, with the statement.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
}

/// Starting or Unconfirmed -> Authorized.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: AbandonStart) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let bedside = at_bedside(&tx, actor, RPC, (&cmd.trial, &cmd.infusion), "abandon the start of").await?;
    let (abandoned, permit) = bedside.infusion.abandon()?;
    mark_void(&mut tx, &permit).await?;
    let entry = events::permit_voided(&abandoned.key, &permit, VoidWhy::Abandoned);
    tx.record(&bedside.treatment, bedside.treatment.with(abandoned), [entry]).await?;
    applied(tx, ()).await
}

/// Writes the void of a claimed permit into its own row.
pub(crate) async fn mark_void(tx: &mut Tx, permit: &PermitId) -> Result<()> {
    let stored = tx.get::<PermitFate>(permit.as_str()).await?;
    let stored = stored.ok_or_else(|| not_found("permit", permit.as_str()))?;
    let void = PermitFate { fate: Fate::Void, ..stored.value.clone() };
    tx.record(&stored, void, []).await.map(drop)
}
