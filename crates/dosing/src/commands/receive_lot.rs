//! A lot of a product came in. Nothing may be drawn from it until pharmacy releases it for a trial.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{LotId, ProductId};
use crate::domain::lot::{Lot, LotFact, LotState, Recipient};
use crate::error::LOT_EXISTS;
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ReceiveLot";

/// What came in.
#[derive(Clone, Debug)]
pub struct ReceiveLot {
    /// The act.
    pub act: Act,
    /// The maker's number.
    pub lot: LotId,
    /// The product, as trial files name it.
    pub product: ProductId,
    /// Facts that `accept` will ask.
    pub facts: BTreeMap<String, LotFact>,
    /// Cells, or so much of `unit`.
    pub cells: Decimal,
    /// What the lot is counted in.
    pub unit: String,
    /// Not to be used from here on.
    pub expires: Timestamp,
    /// For whom, when autologous.
    pub recipient: Option<Recipient>,
}

/// Stores the lot. Refused: a lot of this number was received before.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: ReceiveLot) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    authority::require_somewhere(&tx, actor, RPC).await?;
    if tx.get::<Lot>(cmd.lot.as_str()).await?.is_some() {
        return Err(LOT_EXISTS.refuse(format!("lot {} was received before", cmd.lot)).into());
    }
    let lot = Lot {
        id: cmd.lot,
        product: cmd.product,
        facts: cmd.facts,
        cells: cmd.cells,
        unit: cmd.unit,
        expires: cmd.expires,
        recipient: cmd.recipient,
        state: LotState::Received,
        drawn: BTreeMap::new(),
    };
    let entry = events::lot_received(&lot);
    tx.record_new(&lot, [entry]).await?;
    applied(tx, ()).await
}
