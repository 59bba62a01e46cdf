//! Permits that safety lists as out under a hold and that dosing never claimed: their answer was lost, or dosing died
//! before the claim. Once voided they keep no hold from being effective. Looked for only after journals were compared
//! with safety: a dosing restored from an older copy may have claimed what it does not remember.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Follower;

use crate::commands::void_unclaimed;
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::{InfusionId, PermitId};
use crate::domain::plan::Key;
use crate::domain::treatment::Treatment;
use crate::store::PermitFate;

/// Looks once; answers how many permits were voided.
pub async fn run(ctx: &Ctx, safety: &Follower) -> Result<usize> {
    let unclaimed = unclaimed(ctx).await?;
    if unclaimed.is_empty() {
        return Ok(0);
    }
    safety.compare().await?;
    let mut voided = 0;
    for (key, permit) in unclaimed {
        voided += usize::from(void_unclaimed::run(ctx, &ctx.own(), &key, &permit).await?);
    }
    Ok(voided)
}

async fn unclaimed(ctx: &Ctx) -> Result<Vec<(Key, PermitId)>> {
    let mut found = vec![];
    for hold in ctx.store.find::<Hold>(&[("state", "standing")]).await? {
        for (permit, infusion) in &hold.unsettled {
            if let Some(key) = ours(ctx, permit, infusion).await? {
                found.push((key, permit.clone()));
            }
        }
    }
    Ok(found)
}

/// The infusion of a permit that has no row here; none where it was claimed, returned or voided, or is not dosing's.
async fn ours(ctx: &Ctx, permit: &PermitId, infusion: &InfusionId) -> Result<Option<Key>> {
    if ctx.store.get::<PermitFate>(permit.as_str()).await?.is_some() {
        return Ok(None);
    }
    let treatment = ctx.store.get::<Treatment>(infusion.as_str()).await?;
    Ok(treatment.map(|treatment| treatment.key().clone()))
}
