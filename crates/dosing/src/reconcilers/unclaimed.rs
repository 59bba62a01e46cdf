//! Permits that safety lists as out under a hold and that dosing never claimed: their answer was lost, or dosing died
//! before the claim. Once voided they keep no hold from being effective. Looked for only after journals were compared
//! with safety, and never in a trial whose journal went back here: a dosing restored from an older copy may have claimed
//! what it does not remember, and only a person's statement voids that (H2, H10).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Follower, Tally};

use crate::commands::void_unclaimed::{self, went_back};
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::{InfusionId, PermitId};
use crate::domain::plan::Key;
use crate::domain::treatment::Treatment;
use crate::events;
use crate::store::PermitFate;

/// Looks once; answers how many permits were voided. One that fails keeps no other from being voided.
pub async fn run(ctx: &Ctx, safety: &Follower) -> Result<usize> {
    let mut voided = Tally::default();
    let unclaimed = unclaimed(ctx, &mut voided).await?;
    if !unclaimed.is_empty() {
        safety.compare().await?;
    }
    for (key, permit) in unclaimed {
        voided.add(void_unclaimed::run(ctx, &ctx.own(), &key, &permit, None).await);
    }
    voided.told()
}

async fn unclaimed(ctx: &Ctx, failures: &mut Tally) -> Result<Vec<(Key, PermitId)>> {
    let mut found = vec![];
    for hold in ctx.store.find::<Hold>(&[("state", "standing")]).await? {
        if went_back(&ctx.store.head(&events::chain(&hold.trial)).await?) {
            continue;
        }
        for (permit, infusion) in &hold.unsettled {
            match ours(ctx, permit, infusion).await {
                Ok(key) => found.extend(key.map(|key| (key, permit.clone()))),
                Err(error) => failures.add(Err(error)),
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
