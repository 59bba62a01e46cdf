//! The reporting duties of a trial, the earliest deadline first.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::Reader;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::obligation::Obligation;

/// Lists them.
pub async fn list(ctx: &Ctx, reader: &Reader, trial: &TrialId) -> Result<Vec<Obligation>> {
    reader.of(ctx, trial).await?;
    let found: Vec<Stored<Obligation>> = ctx.store.find(&[("trial", trial.as_str())]).await?;
    let mut obligations: Vec<Obligation> = found.into_iter().map(|stored| stored.value).collect();
    obligations.sort_by_key(|obligation| obligation.due);
    Ok(obligations)
}
