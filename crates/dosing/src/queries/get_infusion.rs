//! One infusion: where it stands, what stands in its way.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;

use super::{Open, Shown, frozen_by};
use crate::authority;
use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, TrialId};
use crate::store::{self, RefusedStarts};

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/GetInfusion";

/// Reads one infusion of a trial.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId, infusion: InfusionId) -> Result<Shown> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let treatment = store::treatment(&tx, &trial, &infusion).await?.value;
    let subject = store::subject(&tx, &trial, &treatment.key().subject).await?;
    let role = authority::require(&tx, actor, RPC, &trial, subject.site.as_deref()).await?;
    let sealed = Open::to(ctx, &tx, &trial, role).await?.seals(&subject);
    let all = store::treatments(&tx, &trial, &subject.id).await?;
    let all: Vec<_> = all.into_iter().map(|one| one.value).collect();
    let holds = store::standing_holds(&tx, &trial).await?;
    let refused = tx.get::<RefusedStarts>(infusion.as_str()).await?;
    tx.rollback().await?;
    let frozen_by = frozen_by(&holds, &subject.placement(), &all, &treatment);
    let refused_by_hold = refused.map_or(0, |refused| refused.by_hold);
    Ok(Shown { treatment, frozen_by, refused_by_hold, sealed })
}
