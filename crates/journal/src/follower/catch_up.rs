//! Decides how a follower reads the peer's journal itself: to fill a gap, to start from nothing, to answer a gate that
//! must know all its peer knows, and to compare heads on a timer.

use std::sync::atomic::Ordering;
use std::time::Duration;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::metrics::METRICS;
use tokio::time::timeout;

use super::Follower;
use super::apply::{Applied, Via};
use crate::chain::{Chain, Head, Known};
use crate::error::{PARKED, PEER_WENT_BACK, WENT_BACK};
use crate::peer::read_row;
use crate::row::Row;

const BATCH_ROWS: usize = 500;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// What was committed is heard within this time, or the journal is read.
const SOON: Duration = Duration::from_millis(25);

impl Follower {
    /// Applies the peer's rows of a chain up to a head, or all there are. Answers the cursor.
    ///
    /// Refused where a row is parked (`JRN-0008`), where the peer does not answer (`JRN-0006`), and where its journal
    /// does not hold the head asked for (`JRN-0011`).
    pub async fn catch_up(&self, chain: &Chain, up_to: Option<Head>) -> Result<Head> {
        self.catch_up_from(self.cursor(chain).await?, chain, up_to).await
    }

    /// The same of one who has just seen how far the chain was applied.
    pub async fn catch_up_from(&self, cursor: Head, chain: &Chain, up_to: Option<Head>) -> Result<Head> {
        let cursor = match up_to {
            Some(wanted) if !has_reached(&cursor, &wanted) && self.is_on_its_way(chain, &wanted).await => {
                self.cursor(chain).await?
            }
            _ => cursor,
        };
        let cursor = match up_to {
            Some(wanted) if has_reached(&cursor, &wanted) => cursor,
            _ => self.read_on(chain, up_to.map_or(0, |head| head.number), Via::Journal).await?,
        };
        match up_to {
            Some(wanted) if !self.has_seen(chain, &cursor, &wanted).await? => {
                let source = self.source();
                let message =
                    format!("{source}'s journal of {chain} does not lead to {wanted}; it leads to {cursor}");
                Err(PEER_WENT_BACK.refuse(message).into())
            }
            _ => Ok(cursor),
        }
    }

    /// Whether what is heard brings the cursor as far by itself, soon: many gates then wait for one that applies all their rows.
    async fn is_on_its_way(&self, chain: &Chain, wanted: &Head) -> bool {
        let mut moved = self.inner.moved.subscribe();
        let reached = async {
            while !self.stood(chain).is_some_and(|at| has_reached(&at, wanted)) {
                if moved.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        self.inner.hears.load(Ordering::Relaxed) && timeout(SOON, reached).await.unwrap_or(false)
    }

    /// Tells the peer what was seen of it, hears the same, tells the service where journals disagree, and catches up
    /// on every chain the peer has. Refused (`JRN-0007`), whatever the service made of being told, where this
    /// service's own journal lacks a row that the peer has seen.
    pub async fn compare(&self) -> Result<()> {
        let inner = &self.inner;
        let seen = inner.store.claims(&inner.source).await?;
        let heard = inner.peer.compare(inner.store.service(), seen.clone()).await?;
        let mut lacked = None;
        for (chain, head) in heard.seen {
            if inner.store.knows(&chain, &head).await? == Known::Lacks {
                lacked.get_or_insert_with(|| format!("{} has seen {head} of {chain}", inner.source));
                inner.watch.on_own_rollback(&chain, &inner.source, head).await;
            }
        }
        for (chain, seen) in &seen {
            let offered = heard.offered.iter().find(|(offered, _)| offered == chain).map(|(_, head)| *head);
            let offered = offered.unwrap_or_default();
            if went_back(seen, &offered) {
                inner.watch.on_peer_rollback(&inner.source, chain, *seen, offered).await;
            }
        }
        let mut lag = 0;
        for (chain, offered) in heard.offered {
            let at = self.cursor(&chain).await?;
            let behind = (offered.incarnation, offered.number) > (at.incarnation, at.number);
            lag += offered.number.saturating_sub(at.number);
            if behind && let Err(cause) = self.read_on(&chain, 0, Via::JournalAgain).await {
                tracing::warn!(source = inner.source, %chain, %cause, "not caught up");
            }
        }
        METRICS.lag(inner.store.service(), &inner.source, lag);
        lacked.map_or(Ok(()), |words| Err(WENT_BACK.refuse(words).into()))
    }

    /// Reads rows after the cursor and applies them in batches; anew from where the cursor was put back to.
    pub(super) async fn read_on(&self, chain: &Chain, up_to: u64, via: Via) -> Result<Head> {
        loop {
            if let Some(cursor) = self.read_once(chain, up_to, via).await? {
                return Ok(cursor);
            }
        }
    }

    /// Answers the cursor, or none where it was put back.
    async fn read_once(&self, chain: &Chain, up_to: u64, via: Via) -> Result<Option<Head>> {
        let mut cursor = self.inner.store.cursor(&self.inner.source, chain).await?;
        let mut stream = self.inner.peer.read(chain, cursor, up_to).await?;
        let mut batch: Vec<Row> = vec![];
        let mut bytes = 0;
        loop {
            let row = stream.message().await.map_err(|status| self.inner.peer.silent(status))?;
            let ended = row.is_none();
            if let Some(row) = row {
                bytes += row.public.len();
                batch.push(read_row(row)?);
            }
            if ended || batch.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
                let Some(head) = self.apply_read(chain, &std::mem::take(&mut batch), cursor, via).await?
                else {
                    return Ok(None);
                };
                cursor = head;
                bytes = 0;
            }
            if ended {
                return Ok(Some(cursor));
            }
        }
    }

    async fn apply_read(&self, chain: &Chain, batch: &[Row], cursor: Head, via: Via) -> Result<Option<Head>> {
        if batch.is_empty() {
            return Ok(Some(cursor));
        }
        match self.apply(chain, batch, via).await? {
            Applied::Up(head) | Applied::Gap(head) => Ok(Some(head)),
            Applied::WentBack => Ok(None),
            Applied::Parked(parked) => {
                let message = format!(
                    "row {} of {}'s journal of {chain} is parked: {}",
                    parked.head.number, parked.source, parked.why
                );
                Err(PARKED.refuse(message).into())
            }
        }
    }

    /// Whether the cursor came past the wanted head by way of that very row.
    async fn has_seen(&self, chain: &Chain, cursor: &Head, wanted: &Head) -> Result<bool> {
        if cursor == wanted || wanted.is_none() {
            return Ok(true);
        }
        if !has_reached(cursor, wanted) {
            return Ok(false);
        }
        self.inner.store.has_seen(&self.inner.source, chain, wanted).await
    }
}

/// Whether a cursor came as far as a head, on whatever way.
pub fn has_reached(cursor: &Head, wanted: &Head) -> bool {
    (cursor.incarnation, cursor.number) >= (wanted.incarnation, wanted.number)
}

/// Whether what a peer offers cannot come after what was seen of it.
pub fn went_back(seen: &Head, offered: &Head) -> bool {
    offered.incarnation < seen.incarnation
        || offered.incarnation == seen.incarnation
            && (offered.number < seen.number || offered.number == seen.number && offered.hash != seen.hash)
}
