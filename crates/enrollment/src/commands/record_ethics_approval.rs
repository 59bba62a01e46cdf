//! Records the ethics committee's approval of one version.

use holdpoint_chassis::error::Result;
use serde_json::json;

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::trial::EthicsApproval;
use crate::events;

/// Which approval.
#[derive(Clone)]
pub struct RecordEthicsApproval {
    /// The trial.
    pub trial: TrialId,
    /// The version.
    pub version: String,
    /// The approval.
    pub approval: EthicsApproval,
}

/// Records it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordEthicsApproval) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    call.role(&tx, &cmd.trial, None).await?;
    let what = json!({
        "version": cmd.version,
        "committee": cmd.approval.committee,
        "reference": cmd.approval.reference,
        "date": cmd.approval.date.to_string(),
    });
    let changed = trial.value.clone().with_version(&cmd.version, |version| version.approve(cmd.approval))?;
    let entry = events::audit(&cmd.trial, "holdpoint.enrollment.v1.audit.EthicsApprovalRecorded", what);
    tx.record(&trial, changed, [entry]).await?;
    call.finish(tx, ()).await
}
