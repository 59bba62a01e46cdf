//! One lot: where it stands, and how many of its cells are left. Whether it is cells or a placebo would tell the arm of whoever
//! is given it: that is left out for a role that a trial keeps from knowing.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{LotId, TrialId};
use crate::domain::lot::{Lot, LotState};
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/GetLot";

/// Reads a lot, and says whether a trial of the caller's seals it: one that it is released for, or any while it is for none.
pub async fn run(ctx: &Ctx, actor: &Actor, lot: LotId) -> Result<(Lot, bool)> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let parts = authority::require_somewhere(&tx, actor, RPC).await?;
    let lot = store::lot(&tx, lot.as_str()).await?.value;
    let is_for = |trial: &TrialId| match &lot.state {
        LotState::Released(trials) => trials.contains_key(trial),
        LotState::Received | LotState::Quarantined { .. } => true,
    };
    let mut sealed = false;
    for (trial, role) in parts.iter().filter(|(trial, _)| is_for(trial)) {
        sealed |= ctx.protocols.is_blind(&tx, trial.as_str(), *role).await?;
    }
    tx.rollback().await?;
    Ok((lot, sealed))
}
