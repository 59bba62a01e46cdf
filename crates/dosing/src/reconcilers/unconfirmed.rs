//! A start that nobody confirmed or abandoned in time becomes Unconfirmed: told to safety, counted as a dose by every
//! rule and in flight until a person says given or not given (holds.md step 5). By civil time.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tally;

use crate::ctx::Ctx;
use crate::domain::infusion::State;
use crate::domain::treatment::{Stage, Treatment};
use crate::events;

/// Looks once; answers how many became unconfirmed.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let mut found = Tally::default();
    for candidate in ctx.store.find::<Treatment>(&[("state", "starting")]).await? {
        found.add(one(ctx, candidate.key().id.as_str()).await);
    }
    found.told()
}

async fn one(ctx: &Ctx, id: &str) -> Result<bool> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let Some(treatment) = tx.get::<Treatment>(id).await? else { return Ok(false) };
    let Stage::Actual(infusion) = &treatment.stage else { return Ok(false) };
    let State::Starting(claim) = &infusion.state else { return Ok(false) };
    let now = tx.by().at;
    if now.duration_since(claim.at) < ctx.settings.unconfirmed_after() {
        return Ok(false);
    }
    let entry = events::unconfirmed(&infusion.key, claim, now);
    let next = treatment.with(infusion.clone().unconfirmed(now)?);
    tx.record(&treatment, next, [entry]).await?;
    tx.commit().await?;
    tracing::warn!(infusion = id, "a start was neither confirmed nor abandoned in time");
    Ok(true)
}
