//! The reporting duties of a trial, the earliest deadline first.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::Reader;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::obligation::Obligation;

/// Lists them, each with whether its time is over at this moment.
pub async fn list(ctx: &Ctx, reader: &Reader, trial: &TrialId) -> Result<Vec<(Obligation, bool)>> {
    reader.of(ctx, trial).await?;
    let found: Vec<Stored<Obligation>> = ctx.store.find(&[("trial", trial.as_str())]).await?;
    let mut obligations: Vec<Obligation> = found.into_iter().map(|stored| stored.value).collect();
    obligations.sort_by_key(|obligation| obligation.due);
    let now = ctx.now();
    let overdue = |obligation: &Obligation| obligation.is_overdue(now);
    Ok(obligations.into_iter().map(|obligation| (obligation.clone(), overdue(&obligation))).collect())
}
