//! Cells began to flow: Starting or Unconfirmed -> Started. Only this publishes `InfusionStarted` (holds.md step 5).
//! The doses after it are due counted from it.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;

use super::{at_bedside, replan, timing};
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{InfusionId, TrialId};
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ConfirmStart";

/// Which infusion began, and when.
#[derive(Clone, Debug)]
pub struct ConfirmStart {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// When cells began to flow.
    pub at: Timestamp,
}

/// Confirms. Refused: nothing was claimed, a moment before the claim or in the future.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: ConfirmStart) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let bedside = at_bedside(&tx, actor, RPC, (&cmd.trial, &cmd.infusion), "confirm the start of").await?;
    let timing = timing(ctx, &tx, &bedside, cmd.at).await?;
    let started = bedside.infusion.confirm(cmd.at, by.at)?.timed(timing);
    let entry = started.claimed().map(|claim| events::started(&started, claim, cmd.at));
    let regimen = started.key.regimen.clone();
    tx.record(&bedside.treatment, bedside.treatment.with(started), entry).await?;
    replan::or_say_why(ctx, &mut tx, &bedside.subject, &regimen, "counted from the last dose").await?;
    reached("dosing.confirm.before-commit");
    let done = applied(tx, ()).await?;
    reached("dosing.confirm.after-commit");
    Ok(done)
}
