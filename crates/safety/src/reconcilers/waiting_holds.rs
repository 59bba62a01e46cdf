//! Makes holds effective when the longest life among their unsettled permits is over, by this instance's boot clock
//! (holds.md step 6, H8).

use std::collections::BTreeSet;

use futures::FutureExt as _;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::server::with_retries;
use holdpoint_journal::Stored;

use crate::commands::settling;
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::TrialId;
use crate::store::{Trial, YES};

/// Looks at every waiting hold. A trial that cannot be looked at keeps no other one waiting; the first trouble is
/// answered when all were looked at.
pub async fn run(ctx: &Ctx) -> Result<()> {
    let waiting: Vec<Stored<Hold>> = ctx.store.find(&[("waiting", YES)]).await?;
    let trials: BTreeSet<TrialId> = waiting.iter().map(|hold| hold.trial.clone()).collect();
    let mut done = Ok(());
    for trial in &trials {
        let settled = with_retries(|| settle(ctx, trial).boxed()).await;
        done = done.and(settled);
    }
    done
}

async fn settle(ctx: &Ctx, trial: &TrialId) -> Result<()> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut trial = Trial::lock(&mut tx, trial).await?;
    settling::settle(ctx, &mut trial).await?;
    tx.commit().await.map(drop)
}
