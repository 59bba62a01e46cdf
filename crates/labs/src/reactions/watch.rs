//! What labs does when journals disagree: a journal of its own that went back goes on in a new incarnation, and says so.
//! Safety holds what must be held; nothing that labs does lets anything start.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_journal::{Chain, Head, Parked, Watch};

use crate::ctx::Ctx;

/// Tells each disagreement.
pub struct Rollbacks {
    ctx: Ctx,
}

impl Rollbacks {
    /// A watch over labs' journals.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

impl Watch for Rollbacks {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        tracing::error!(%chain, claimed_by, %head, "labs' journal lacks a row that a peer has seen");
        async move {
            if let Err(cause) = self.ctx.store.open_incarnation(&self.ctx.own(), chain, head).await {
                tracing::error!(%cause, "a later incarnation could not be opened");
            }
        }
        .boxed()
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        tracing::error!(source, %chain, %seen, %offered, "a peer's journal does not continue what was seen of it");
        std::future::ready(()).boxed()
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        tracing::error!(source = parked.source, chain = %parked.chain, kind = parked.kind, "a row is parked");
        std::future::ready(()).boxed()
    }
}
