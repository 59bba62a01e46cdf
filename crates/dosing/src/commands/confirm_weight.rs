//! The second person's word on a weight that differs much from the baseline.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use serde_json::json;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{SubjectId, TrialId, WeightId};
use crate::domain::weight::Weight;
use crate::error::not_found;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ConfirmWeight";

/// Which weight of whom.
#[derive(Clone, Debug)]
pub struct ConfirmWeight {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The weight.
    pub weight: WeightId,
}

/// Confirms. Refused: the same person twice, no such weight of this subject.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: ConfirmWeight) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let subject = store::subject(&tx, &cmd.trial, &cmd.subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    let weight = tx
        .get::<Weight>(cmd.weight.as_str())
        .await?
        .filter(|weight| weight.trial == cmd.trial && weight.subject == cmd.subject)
        .ok_or_else(|| not_found("weight", cmd.weight.as_str()))?;
    let confirmed = weight.value.clone().confirm(&actor.principal, by.at)?;
    let what = json!({ "weight": cmd.weight.as_str() });
    let entry = events::audit(&cmd.trial, "holdpoint.dosing.v1.WeightConfirmed", what);
    tx.record(&weight, confirmed, [entry]).await?;
    applied(tx, ()).await
}
