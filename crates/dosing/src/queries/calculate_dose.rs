//! What the dose of one infusion is reckoned to be, with the reasons, before anything is prepared.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use crate::authority;
use crate::commands::authorize_infusion::reckon;
use crate::ctx::Ctx;
use crate::domain::dose::Asked;
use crate::domain::ids::{InfusionId, TrialId};
use crate::domain::prescription::Prescription;
use crate::error::ARM_SEALED;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/CalculateDose";

/// Reckons with the weight that stands now. Refused where a weight is missing, stale or unconfirmed, and to a role that the
/// trial keeps from knowing the arm.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId, infusion: InfusionId) -> Result<Asked> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let treatment = store::treatment(&tx, &trial, &infusion).await?;
    let subject = store::subject(&tx, &trial, &treatment.key().subject).await?;
    let role = authority::require(&tx, actor, RPC, &trial, subject.site.as_deref()).await?;
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    if protocol.allocation.is_blind(role.as_str()) {
        return Err(ARM_SEALED
            .refuse(format!("the dose of {} would tell its arm to {role}", subject.id))
            .into());
    }
    let prescription = Prescription::of(&protocol, &subject, Some(&treatment.key().regimen))?;
    let (_, asked) = reckon(&tx, &subject, &prescription).await?;
    tx.rollback().await?;
    Ok(asked)
}
