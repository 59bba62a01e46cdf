//! Makes holds effective when the longest life among their unsettled permits is over, by this instance's boot clock
//! (holds.md step 6, H8).

use std::collections::BTreeSet;

use futures::FutureExt as _;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::server::with_retries;
use holdpoint_journal::{Stored, Tally};

use crate::commands::settling;
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::TrialId;
use crate::store::{Trial, YES};

/// Looks at every waiting hold; answers how many trials were looked at.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let waiting: Vec<Stored<Hold>> = ctx.store.find(&[("waiting", YES)]).await?;
    let trials: BTreeSet<TrialId> = waiting.iter().map(|hold| hold.trial.clone()).collect();
    let mut settled = Tally::default();
    for trial in &trials {
        settled.add(with_retries(|| settle(ctx, trial).boxed()).await.map(|()| true));
    }
    settled.told()
}

async fn settle(ctx: &Ctx, trial: &TrialId) -> Result<()> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut trial = Trial::lock(&mut tx, trial).await?;
    settling::settle(ctx, &mut trial).await?;
    tx.commit().await.map(drop)
}
