//! What enrollment does when journals disagree. It went back in time itself: it opens a further incarnation, which
//! safety meets at the next permit and holds the trial; until then every ask fails on the head. A peer did: safety
//! comes up held by itself. A row is parked: allocations of its trial are refused while it is critical.

use futures::future::BoxFuture;
use holdpoint_chassis::clock::Civil;
use holdpoint_journal::{By, Chain, Head, Parked, Store, Watch};

use crate::NAME;

/// Watches.
pub struct Watching {
    /// The journal.
    pub store: Store,
    /// For the incarnation's first row.
    pub civil: Civil,
}

impl Watch for Watching {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tracing::error!(%chain, claimed_by, %head, "this journal lacks a row that a peer has seen: restored from an older copy");
            let by = By::new(NAME, self.civil.now());
            if let Err(error) = self.store.open_incarnation(&by, chain, head).await {
                tracing::error!(%error, %chain, "no incarnation could be opened; it is tried again");
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
