//! Confirms one assumed item of a version: only the principal investigator, with a reason.

use holdpoint_chassis::error::Result;
use serde_json::json;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::trial::{Confirmation, Item};
use crate::events;

/// Which item.
#[derive(Clone)]
pub struct ConfirmAssumption {
    /// The trial.
    pub trial: TrialId,
    /// The version.
    pub version: String,
    /// The item.
    pub item: Item,
}

/// Confirms it; answers how many are left.
pub async fn run(ctx: &Ctx, call: &Call, cmd: ConfirmAssumption) -> Result<u32> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    call.role(&tx, &cmd.trial, None).await?;
    let confirmation =
        Confirmation { by: call.actor.principal.clone(), reason: call.reason()?, at: call.by.at };
    let changed =
        trial.value.clone().with_version(&cmd.version, |version| version.confirm(&cmd.item, confirmation))?;
    let left = changed.version(&cmd.version)?.unconfirmed().count() as u32;
    let what = json!({ "version": cmd.version, "block": cmd.item.block, "key": cmd.item.key });
    let entry = events::audit(&cmd.trial, "holdpoint.enrollment.v1.audit.AssumptionConfirmed", what);
    tx.record(&trial, changed, [entry]).await?;
    call.finish(tx, left).await
}
