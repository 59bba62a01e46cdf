//! Counts a start that a hold refused, so that it is known how many infusions a hold has kept from starting. Counting
//! never touches the infusion and never replaces the refusal that is under way.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::server::with_retries;
use holdpoint_journal::{By, TAKEN};

use crate::ctx::Ctx;
use crate::domain::ids::{InfusionId, TrialId};
use crate::store::RefusedStarts;

/// Counts one. What can not be counted is logged.
pub async fn run(ctx: &Ctx, by: &By, trial: &TrialId, infusion: &InfusionId) {
    let mut counted = with_retries(|| once(ctx, by, trial, infusion)).await;
    if counted.as_ref().is_err_and(|error| error.code() == Some(TAKEN.code)) {
        // Two refusals at once began the row; it stands, and the other one's is counted onto it.
        counted = with_retries(|| once(ctx, by, trial, infusion)).await;
    }
    if let Err(cause) = counted {
        tracing::error!(%cause, infusion = infusion.as_str(), "a start refused by a hold was not counted");
    }
}

async fn once(ctx: &Ctx, by: &By, trial: &TrialId, infusion: &InfusionId) -> Result<()> {
    let mut tx = ctx.store.begin(by).await?;
    match tx.get::<RefusedStarts>(infusion.as_str()).await? {
        Some(known) => {
            let by_hold = known.by_hold.saturating_add(1);
            tx.update(&known, RefusedStarts { by_hold, ..known.value.clone() }).await?;
        }
        None => {
            let first = RefusedStarts { trial: trial.clone(), infusion: infusion.clone(), by_hold: 1 };
            tx.insert(&first).await?;
        }
    }
    tx.commit().await.map(drop)
}
