//! What enrollment does when journals disagree. It went back in time itself: it allocates nobody in the trial and opens
//! a further incarnation, which safety meets and holds the trial. A peer did: safety comes up held by itself. A row is
//! parked: allocations of its trial are refused while it is critical.

use futures::future::BoxFuture;
use holdpoint_journal::{Chain, Head, Parked, Watch};

use crate::ctx::Ctx;
use crate::rollback;

/// Watches.
pub struct Watching {
    /// What it writes with.
    pub ctx: Ctx,
}

impl Watch for Watching {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tracing::error!(%chain, claimed_by, %head, "this journal lacks a row that a peer has seen: restored from an older copy");
            if let Err(error) = rollback::went_back(&self.ctx, chain, claimed_by, head).await {
                tracing::error!(%error, %chain, "the rollback could not be written down; it is tried again");
            }
        })
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tracing::error!(source, %chain, %seen, %offered, "a peer's journal does not continue what was seen of it");
        })
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let (source, chain, kind) = (&parked.source, &parked.chain, &parked.kind);
            tracing::error!(source, %chain, kind, why = parked.why, "a peer's row is parked; the rows behind it wait");
        })
    }
}
