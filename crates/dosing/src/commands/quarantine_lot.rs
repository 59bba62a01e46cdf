//! A lot may not be used any more, for good and in every trial. Orders that wait for it are taken back.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Entry, Tx};
use serde_json::json;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{InfusionId, LotId};
use crate::domain::lot::Lot;
use crate::domain::treatment::{Stage, Treatment};
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/QuarantineLot";

/// Which lot, and why (the act's reason).
#[derive(Clone, Debug)]
pub struct QuarantineLot {
    /// The act, with its reason.
    pub act: Act,
    /// The lot.
    pub lot: LotId,
}

/// Quarantines; answers the infusions that lost their order.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: QuarantineLot) -> Result<Done<Vec<InfusionId>>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    authority::require_somewhere(&tx, actor, RPC).await?;
    let stored = store::lot(&tx, cmd.lot.as_str()).await?;
    let why = cmd.act.reason.clone().unwrap_or_default();
    let (lot, lost) = take_orders_back(&mut tx, stored.value.clone()).await?;
    let lot = lot.quarantine(why.clone(), by.at);
    let entry = events::lot_quarantined(&lot, &why);
    tx.record(&stored, lot, [entry]).await?;
    applied(tx, lost).await
}

/// Authorized -> Planned for every infusion that waits for this lot.
pub(super) async fn take_orders_back(tx: &mut Tx, mut lot: Lot) -> Result<(Lot, Vec<InfusionId>)> {
    let mut lost = vec![];
    for treatment in tx.find::<Treatment>(&[("lot", lot.id.as_str())]).await? {
        let Stage::Actual(infusion) = &treatment.stage else { continue };
        if !treatment.waiting() {
            continue;
        }
        let key = infusion.key.clone();
        let planned = infusion.clone().withdraw()?;
        let entry: Entry = events::audit(
            &key.trial,
            "holdpoint.dosing.v1.OrderWithdrawn",
            json!({ "infusion": key.id.as_str() }),
        );
        let next = treatment.value.at(Stage::Planned(planned));
        tx.record(&treatment, next, [entry]).await?;
        lot = lot.put_back(&key.id);
        lost.push(key.id);
    }
    Ok((lot, lost))
}
