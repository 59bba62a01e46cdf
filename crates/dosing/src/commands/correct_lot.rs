//! A lot was received with a wrong count or a wrong fact. Orders that wait lose it; what was given from it is counted again
//! and told as a deviation where it is one (Protocol 5.1; protocols README, sentence 16).

use std::collections::BTreeMap;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::quarantine_lot::take_orders_back;
use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::Refusal;
use crate::domain::ids::{InfusionId, LotId};
use crate::domain::lot::{Lot, LotFact};
use crate::domain::prescription;
use crate::domain::treatment::{Stage, Treatment};
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/CorrectLot";

/// What is right of which lot.
#[derive(Clone, Debug)]
pub struct CorrectLot {
    /// The act, with its reason.
    pub act: Act,
    /// The lot.
    pub lot: LotId,
    /// What it really held; none where the count was right.
    pub cells: Option<Decimal>,
    /// Facts that were wrong.
    pub facts: BTreeMap<String, LotFact>,
}

/// What became of the infusions that the lot was for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Orders that lost it.
    pub taken_back: Vec<InfusionId>,
    /// Doses that are a deviation by what is known of it.
    pub deviations: Vec<InfusionId>,
}

/// Corrects. Refused: no such lot.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: CorrectLot) -> Result<Done<Corrected>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    authority::require_somewhere(&tx, actor, RPC).await?;
    let stored = store::lot(&tx, cmd.lot.as_str()).await?;
    let (lot, taken_back) = take_orders_back(&mut tx, stored.value.clone()).await?;
    let lot = lot.corrected(cmd.facts, cmd.cells);
    let mut outcome = Corrected { taken_back, deviations: vec![] };
    for treatment in tx.find::<Treatment>(&[("lot", cmd.lot.as_str())]).await? {
        if recount(ctx, &mut tx, &treatment, &lot).await? {
            outcome.deviations.push(treatment.key().id.clone());
        }
    }
    let entry = events::lot_corrected(&lot, &outcome.deviations);
    tx.record(&stored, lot, [entry]).await?;
    applied(tx, outcome).await
}

/// Looks again at one dose that was given; answers whether it is a deviation.
async fn recount(ctx: &Ctx, tx: &mut Tx, treatment: &Stored<Treatment>, lot: &Lot) -> Result<bool> {
    let Stage::Actual(infusion) = &treatment.stage else { return Ok(false) };
    let key = treatment.key();
    let subject = store::subject(tx, &key.trial, &key.subject).await?;
    let protocol = ctx.protocols.of_subject(tx, &subject).await?;
    let not_accepted = match prescription::accepts(&protocol, lot) {
        Ok(()) => None,
        Err(Refusal::LotNotAccepted { why, .. }) => Some(why),
        Err(other) => return Err(Error::from(other)),
    };
    let really = |written| lot.really(&key.id, written, infusion.order.cells);
    let next = infusion.clone().recounted(really, not_accepted);
    let Some(recount) = next.recount.clone() else { return Ok(false) };
    let entry = events::dose_recounted(key, &lot.id, &recount);
    tx.record(treatment, treatment.with(next), [entry]).await?;
    Ok(recount.is_deviation())
}
