//! Repeats a critical alert that nobody has acknowledged, once an interval of civil time (reliability.md F37).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tally};

use crate::commands::alerting::repeat;
use crate::ctx::Ctx;
use crate::domain::alert::Alert;
use crate::store::{Trial, YES};

/// Looks at every open alert, oldest first.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let every = ctx.alerts.repeat_every();
    let open: Vec<Stored<Alert>> = ctx.store.find(&[("open", YES)]).await?;
    let mut repeated = Tally::default();
    for alert in open.iter().filter(|alert| alert.repeat_due(ctx.now(), every)) {
        repeated.add(again(ctx, alert).await.map(|()| true));
    }
    repeated.told()
}

async fn again(ctx: &Ctx, alert: &Alert) -> Result<()> {
    let every = ctx.alerts.repeat_every();
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut trial = Trial::lock(&mut tx, &alert.trial).await?;
    let Some(stored) = trial.tx.get::<Alert>(alert.id.as_str()).await? else { return Ok(()) };
    let now = trial.now();
    if !stored.repeat_due(now, every) {
        return Ok(());
    }
    trial.tx.update(&stored, stored.value.clone().repeated(now, every)).await?;
    repeat(ctx, &mut trial, &stored).await?;
    tx.commit().await.map(drop)
}
