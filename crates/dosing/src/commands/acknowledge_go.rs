//! The bedside heard a valid `Go` in its life and says so before it opens the line: the permit is settled
//! (holds.md steps 4 and 6). Refused for a permit that is void: then nothing may be started.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::identity::Actor;

use super::at_bedside;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::ids::{InfusionId, PermitId, TrialId};
use crate::events;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/AcknowledgeGo";

/// Which `Go` was heard.
#[derive(Clone, Debug)]
pub struct AcknowledgeGo {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// The permit of the `Go`.
    pub permit: PermitId,
}

/// Journals `GoHeard`, once.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: AcknowledgeGo) -> Result<Done<()>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let bedside = at_bedside(&tx, actor, RPC, (&cmd.trial, &cmd.infusion), "acknowledge a Go of").await?;
    let heard = bedside.infusion.clone().acknowledge(&cmd.permit, by.at)?;
    if heard == bedside.infusion {
        return applied(tx, ()).await;
    }
    let entry = events::go_heard(&heard.key, &cmd.permit, by.at);
    tx.record(&bedside.treatment, bedside.treatment.with(heard), [entry]).await?;
    reached("dosing.heard.before-commit");
    let done = applied(tx, ()).await?;
    reached("dosing.heard.after-commit");
    Ok(done)
}
