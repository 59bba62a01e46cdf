//! Decides how a reader goes on whose newest row the source has lost: back to the newest row that both still have,
//! found in what it remembers, and from there on along the rows that the source has now. The incarnation that accounts
//! for the loss is taken up first, so that nothing of the other rows is applied before the service knows of it.

use holdpoint_chassis::error::Result;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Follower;
use super::apply::{Applied, Why};
use crate::by::By;
use crate::chain::{Chain, Head};
use crate::incarnation::Opening;
use crate::row::{Entry, Row};
use crate::store::{cursors, lost};

/// Kind of the audit row that says which rows of a peer were applied and lost by it.
pub(crate) const ROWS_LOST: &str = "holdpoint.journal.v1.RowsLost";

impl Follower {
    /// Takes up the incarnation whose first row the source sent in answer to a row that it lost.
    pub(super) async fn go_back(&self, chain: &Chain, row: &Row, opening: Opening) -> Result<Applied> {
        let inner = &self.inner;
        let seen = self.cursor(chain).await?;
        let kept = self.newest_kept(chain).await?;
        if kept == seen {
            // Another copy of this service went back meanwhile.
            return Ok(Applied::Up(seen));
        }
        let _applying = inner.store.applying().await;
        let mut tx = inner.store.begin(&By::new(inner.store.service(), inner.civil.now())).await?;
        let cursor = cursors::lock_cursor(tx.connection(), &inner.source, chain).await?;
        if cursor != seen {
            tx.rollback().await?;
            return Ok(Applied::Up(cursor));
        }
        match self.opened(&mut tx, row, seen).await {
            Ok(()) => {}
            Err(why) => {
                tx.rollback().await?;
                return match why {
                    Why::Retry(error) => Err(error),
                    why => self.park(chain, row, why.words()).await,
                };
            }
        }
        let lost = lost::go_back(&tx, (&inner.source, chain), row.head, kept).await?;
        tx.append(rows_lost(&inner.source, chain, row.head, &lost));
        cursors::unpark(tx.connection(), &inner.source, chain).await?;
        if kept == opening.base {
            cursors::move_cursor(tx.connection(), (&inner.source, chain), &[row.head], true).await?;
        }
        tx.commit().await?;
        inner.watch.on_peer_rollback(&inner.source, chain, seen, row.head).await;
        Ok(Applied::WentBack)
    }

    /// The newest remembered row that the source still has: of two that follow one another along what is remembered, a
    /// lost one never comes first.
    async fn newest_kept(&self, chain: &Chain) -> Result<Head> {
        let inner = &self.inner;
        let remembered = inner.store.remembered(&inner.source, chain).await?;
        let rows: Vec<Head> = remembered.iter().flat_map(|seen| seen.heads()).collect();
        let (mut kept, mut lost) = (0, rows.len());
        while kept < lost {
            let middle = kept + (lost - kept) / 2;
            let head = rows.get(middle).copied().unwrap_or_default();
            if inner.peer.has(chain, head).await? { kept = middle + 1 } else { lost = middle }
        }
        Ok(kept.checked_sub(1).and_then(|last| rows.get(last)).copied().unwrap_or_default())
    }
}

/// Lost rows are named by the hash of their hashes, so that what is remembered of them cannot be altered unseen.
fn rows_lost(source: &str, chain: &Chain, opened: Head, lost: &[Head]) -> Entry {
    let name = |head: Option<&Head>| head.map(ToString::to_string);
    let what = json!({
        "source": source,
        "opened": opened.to_string(),
        "first": name(lost.first()),
        "last": name(lost.last()),
        "rows": lost.len(),
        "sha256": digest(lost.iter().map(|head| &head.hash)),
    });
    Entry::audit(chain.clone(), ROWS_LOST, what)
}

/// The hash of hashes, in lower-case hexadecimal.
pub(crate) fn digest<'a>(hashes: impl Iterator<Item = &'a crate::chain::Hash>) -> String {
    let mut digest = Sha256::new();
    hashes.for_each(|hash| digest.update(hash));
    hex::encode(digest.finalize())
}
