//! What dosing does when journals disagree: nothing starts in the trial until people have reconciled it, and a journal
//! of its own that went back goes on in a new incarnation (holds.md, "A service that went back in time").

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_chassis::error::Result;
use holdpoint_journal::{Chain, Head, Parked, Watch};
use serde_json::json;

use crate::ctx::Ctx;
use crate::events;
use crate::store::{Rollback, within};

/// Writes down each disagreement.
pub struct Rollbacks {
    ctx: Ctx,
}

impl Rollbacks {
    /// A watch over dosing's journals.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// Stops first. An incarnation accounts for what was lost, so that no peer shows it again: opened without the stop,
    /// it would leave the trial open for good. After a stop that failed the peer shows the lost head again.
    async fn own(&self, chain: &Chain, claimed_by: &str, lost: Head) -> Result<()> {
        if let Chain::Trial(trial) = chain {
            self.stop(trial, crate::NAME, claimed_by, &lost.to_string()).await?;
        }
        self.ctx.store.open_incarnation(&self.ctx.own(), chain, lost).await.map(drop)
    }

    /// Starts in the trial are refused from this commit on.
    async fn stop(&self, trial: &str, service: &str, noticed_by: &str, lost: &str) -> Result<()> {
        let mut tx = self.ctx.store.begin(&self.ctx.own()).await?;
        let rollback = Rollback {
            trial: trial.into(),
            service: service.to_owned(),
            noticed_by: noticed_by.to_owned(),
            lost: lost.to_owned(),
            reconciled: false,
        };
        let what = json!({ "service": service, "noticed_by": noticed_by, "lost": lost });
        let entry = events::audit(&rollback.trial, "holdpoint.dosing.v1.JournalWentBack", what);
        match tx.get::<Rollback>(&within(&rollback.trial, service)).await? {
            Some(known) if known.value == rollback => return tx.rollback().await,
            Some(known) => drop(tx.record(&known, rollback, [entry]).await?),
            None => drop(tx.record_new(&rollback, [entry]).await?),
        }
        tx.commit().await.map(drop)
    }
}

impl Watch for Rollbacks {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        tracing::error!(%chain, claimed_by, %head, "dosing's journal lacks a row that a peer has seen");
        async move { logged(self.own(chain, claimed_by, head).await) }.boxed()
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        tracing::error!(source, %chain, %seen, %offered, "a peer's journal does not continue what was seen of it");
        async move {
            if let (Chain::Trial(trial), crate::SAFETY) = (chain, source) {
                logged(self.stop(trial, source, crate::NAME, &seen.to_string()).await);
            }
        }
        .boxed()
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        tracing::error!(source = parked.source, chain = %parked.chain, kind = parked.kind, "a row is parked");
        std::future::ready(()).boxed()
    }
}

/// The journal tells again what could not be written down this time.
fn logged(outcome: Result<()>) {
    if let Err(cause) = outcome {
        tracing::error!(%cause, "a disagreement of journals could not be written down");
    }
}
