//! A page of a trial's alerts, in the order of their numbers.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::Reader;
use crate::ctx::Ctx;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::ids::TrialId;
use crate::store::numbered;

/// A page of a trial's alerts.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// In the order of their numbers.
    pub alerts: Vec<Alert>,
    /// Number after which the next page begins; none at the end.
    pub next: Option<u64>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ListAlerts {
    /// The trial.
    pub trial: TrialId,
    /// Only those that nobody has acknowledged.
    pub unacknowledged_only: bool,
    /// After the alert of this number.
    pub after: u64,
    /// At most so many.
    pub size: u32,
}

/// Lists a page of alerts.
pub async fn list(ctx: &Ctx, reader: &Reader, asked: ListAlerts) -> Result<Alerts> {
    reader.of(ctx, &asked.trial).await?;
    let mut filter = vec![("trial", asked.trial.as_str())];
    if asked.unacknowledged_only {
        filter.push(("open", crate::store::YES));
    }
    let after = place(ctx, &asked.trial, asked.after).await?;
    let found: Vec<Stored<Alert>> = ctx.store.page(&filter, after, asked.size).await?;
    let full = found.len() >= usize::try_from(asked.size).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| full).map(|alert| alert.number);
    let open = |alert: &Alert| matches!(alert.state, AlertState::Open { .. });
    let alerts = found.into_iter().map(|stored| stored.value);
    Ok(Alerts { alerts: alerts.filter(|alert| !asked.unacknowledged_only || open(alert)).collect(), next })
}

/// Place in the table of the trial's alert of this number; before all where there is none.
pub(super) async fn place(ctx: &Ctx, trial: &TrialId, number: u64) -> Result<i64> {
    let found: Vec<Stored<Alert>> = ctx.store.find(&[("number", &numbered(trial, number))]).await?;
    Ok(found.first().map_or(0, |alert| alert.order))
}
