//! One lot: where it stands, and how many of its cells are left.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::LotId;
use crate::domain::lot::Lot;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/GetLot";

/// Reads a lot.
pub async fn run(ctx: &Ctx, actor: &Actor, lot: LotId) -> Result<Lot> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    authority::require_somewhere(&tx, actor, RPC).await?;
    let lot = store::lot(&tx, lot.as_str()).await?.value;
    tx.rollback().await?;
    Ok(lot)
}
