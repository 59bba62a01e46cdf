//! One weight taken at the bedside: whose, how many kilograms, when, and whether a second person has looked.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{TrialId, WeightId};
use crate::domain::weight::Weight;
use crate::error::not_found;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/GetWeight";

/// Reads one weight of a trial. A weight of another trial is not there.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId, weight: WeightId) -> Result<Weight> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let found = tx.get::<Weight>(weight.as_str()).await?.filter(|found| found.trial == trial);
    let weight = found.ok_or_else(|| not_found("weight", weight.as_str()))?.value;
    let subject = store::subject(&tx, &trial, &weight.subject).await?;
    authority::require(&tx, actor, RPC, &trial, subject.site.as_deref()).await?;
    tx.rollback().await?;
    Ok(weight)
}
