//! After a restart each peer that permits rest on shows its heads of each trial. Until then safety may have been restored
//! from an older copy and have forgotten permits that are out, and a hold waits for their lives (holds.md step 6, H1).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Stored, Tally};

use crate::ctx::Ctx;
use crate::peers::Followers;
use crate::store::ProtocolRow;

/// Asks for what was not shown yet. Answers in how many trials it was.
pub async fn run(ctx: &Ctx, followers: &Followers) -> Result<usize> {
    let known: Vec<Stored<ProtocolRow>> = ctx.store.find(&[]).await?;
    let mut shown = Tally::default();
    for row in known.iter().filter(|row| !ctx.instance.silent(&row.trial).is_empty()) {
        let chain = Chain::trial(row.trial.as_str());
        shown.add(followers.all_shown(ctx, &row.trial, &chain).await.map(|_| true));
    }
    shown.told()
}
