//! Decides what a service does whose journal, or that of a peer it leans on, went back in time: it writes that down,
//! so that whatever must not start is refused until people have reconciled, and a journal of its own goes on in a
//! further incarnation. A room gives [`Rollbacks`] to its followers and its journal's service as their watch, asks
//! [`Tx::unreconciled`] at its gate, and calls [`Tx::reconcile`] where people have released what stood for it.

use futures::future::BoxFuture;
use holdpoint_chassis::clock::Civil;
use holdpoint_chassis::error::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::by::By;
use crate::chain::{Chain, Head};
use crate::reactor::Watch;
use crate::row::Entry;
use crate::store::{Aggregate, Key, Parked, Store};
use crate::tx::Tx;

/// Kind of the audit row that says that a peer went back.
const PEER_WENT_BACK: &str = "holdpoint.journal.v1.PeerWentBack";

/// A service's journal of a chain lacks a row that another has seen: it was restored from an older copy. One a service
/// and chain, so that the reconciliation of one never passes for another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The chain.
    pub chain: String,
    /// Who went back.
    pub service: String,
    /// Who has seen the row.
    pub noticed_by: String,
    /// The row, in words.
    pub lost: String,
    /// Civil time.
    pub noticed_at: Timestamp,
    /// People have reconciled it since.
    pub reconciled: bool,
}

impl Aggregate for Rollback {
    const TABLE: &'static str = "journal_rollback";
    const KEYS: &'static [Key] = &[Key::index("chain")];

    fn id(&self) -> String {
        id(&self.chain, &self.service)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.chain.clone())]
    }
}

fn id(chain: &str, service: &str) -> String {
    format!("{chain}/{service}")
}

impl std::fmt::Display for Rollback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}'s journal of {} lacks rows that {} has seen", self.service, self.chain, self.noticed_by)
    }
}

impl Tx {
    /// A disagreement of journals over a chain that people have not reconciled yet: what the chain is about must not go
    /// on while there is one.
    pub async fn unreconciled(&self, chain: &Chain) -> Result<Option<Rollback>> {
        let known = self.find::<Rollback>(&[("chain", chain.as_str())]).await?;
        Ok(known.into_iter().map(|each| each.value).find(|each| !each.reconciled))
    }

    /// People reconciled the service's journal of a chain, at this civil time. What was noticed only afterwards stands:
    /// a word of before, read again by a service that was itself restored, reconciled something else.
    pub async fn reconcile(&mut self, chain: &Chain, service: &str, at: Timestamp) -> Result<()> {
        let Some(known) = self.get::<Rollback>(&id(chain.as_str(), service)).await? else { return Ok(()) };
        if !known.reconciled && at >= known.noticed_at {
            let next = Rollback { reconciled: true, ..known.value.clone() };
            self.update(&known, next).await?;
        }
        Ok(())
    }

    async fn write_down(&mut self, rollback: Rollback) -> Result<()> {
        match self.get::<Rollback>(&rollback.id()).await? {
            Some(known) => self.update(&known, rollback).await.map(drop),
            None => self.insert(&rollback).await.map(drop),
        }
    }
}

/// Writes down each disagreement of journals that a service is told of.
#[derive(Clone)]
pub struct Rollbacks {
    store: Store,
    civil: Civil,
    leans_on: &'static [&'static str],
    lets_start: bool,
}

impl Rollbacks {
    /// A watch over the store's journals. The service also stands still where the journal of a peer that it leans on
    /// went back; what other peers lost changes nothing here.
    pub fn new(store: Store, civil: Civil, leans_on: &'static [&'static str]) -> Self {
        Self { store, civil, leans_on, lets_start: true }
    }

    /// The same of a service on whose word nothing starts: a journal of its own that went back goes on, and nothing stops
    /// here. Safety holds what must be held (holds.md, "A service that went back in time").
    pub fn going_on(store: Store, civil: Civil) -> Self {
        Self { store, civil, leans_on: &[], lets_start: false }
    }

    /// A peer has seen a row that this journal lacks. The stop and the incarnation that accounts for the row are one
    /// commit: opened without the stop, it would leave the chain open for good, since no peer shows the row again.
    pub async fn own(&self, chain: &Chain, noticed_by: &str, lost: Head) -> Result<()> {
        let by = self.by().reason(format!("{noticed_by} has seen {lost}, which this journal lacks"));
        let mut tx = self.store.begin(&by).await?;
        if tx.open_incarnation(chain, lost).await?.is_none() {
            return tx.rollback().await;
        }
        if self.lets_start && matches!(chain, Chain::Trial(_)) {
            tx.write_down(self.rollback(chain, self.store.service(), noticed_by, lost)).await?;
        }
        tx.commit().await.map(drop)
    }

    /// A peer that this service leans on lacks a row that was seen here. Told again, it changes nothing.
    async fn peer(&self, chain: &Chain, source: &str, seen: Head) -> Result<()> {
        let me = self.store.service();
        let rollback = self.rollback(chain, source, me, seen);
        let mut tx = self.store.begin(&self.by()).await?;
        tx.lock(chain).await?;
        let known = tx.get::<Rollback>(&rollback.id()).await?;
        if known.is_some_and(|known| !known.reconciled && known.lost == rollback.lost) {
            return tx.rollback().await;
        }
        let what = json!({ "service": source, "noticed_by": me, "lost": rollback.lost });
        tx.append(Entry::audit(chain.clone(), PEER_WENT_BACK, what));
        tx.write_down(rollback).await?;
        tx.commit().await.map(drop)
    }

    fn rollback(&self, chain: &Chain, service: &str, noticed_by: &str, lost: Head) -> Rollback {
        Rollback {
            chain: chain.to_string(),
            service: service.to_owned(),
            noticed_by: noticed_by.to_owned(),
            lost: lost.to_string(),
            noticed_at: self.civil.now(),
            reconciled: false,
        }
    }

    fn by(&self) -> By {
        By::new(self.store.service(), self.civil.now())
    }
}

impl Watch for Rollbacks {
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()> {
        tracing::error!(%chain, claimed_by, %head, "this journal lacks a row that a peer has seen: restored from an older copy");
        Box::pin(async move { logged(self.own(chain, claimed_by, head).await) })
    }

    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()> {
        tracing::error!(source, %chain, %seen, %offered, "a peer's journal does not continue what was seen of it");
        Box::pin(async move {
            if matches!(chain, Chain::Trial(_)) && self.leans_on.contains(&source) {
                logged(self.peer(chain, source, seen).await);
            }
        })
    }

    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()> {
        let (source, chain, kind) = (&parked.source, &parked.chain, &parked.kind);
        tracing::error!(source, %chain, kind, why = parked.why, "a peer's row is parked; the rows behind it wait");
        Box::pin(std::future::ready(()))
    }
}

/// The journal tells again what could not be written down this time.
fn logged(outcome: Result<()>) {
    if let Err(cause) = outcome {
        tracing::error!(%cause, "a disagreement of journals could not be written down");
    }
}
