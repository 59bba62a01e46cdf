//! What safety does when journals disagree: it holds, and tells people. Each may be told more than once.
//! holds.md "A service that went back in time"; architecture, idea 2 (parked rows).

use futures::future::BoxFuture;
use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Head, Parked, Watch};

use crate::NAME;
use crate::commands::{alerting, going_back};
use crate::ctx::Ctx;

/// Safety, watching the journals.
pub struct Vigil {
    ctx: Ctx,
}

impl Vigil {
    /// Watches with these surroundings.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

fn logged(done: Result<()>) {
    if let Err(cause) = done {
        tracing::error!(%cause, "what a journal's disagreement asks for was not done; it is tried again when told again");
    }
}

impl Watch for Vigil {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        Box::pin(async move { logged(going_back::safety(&self.ctx, chain, claimed_by, head).await) })
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tracing::error!(source, %chain, %seen, %offered, "a peer went back in time; safety holds");
            logged(going_back::peer(&self.ctx, chain, source).await);
        })
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        Box::pin(async move { logged(tell_parked(&self.ctx, parked).await) })
    }
}

async fn tell_parked(ctx: &Ctx, row: &Parked) -> Result<()> {
    let what = alerting::Parked { by: NAME, source: &row.source, number: row.head.number, why: &row.why };
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    alerting::row_parked(ctx, &mut tx, &row.chain, what).await?;
    tx.commit().await.map(drop)
}
