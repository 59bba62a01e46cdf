//! Decides how rows get from the journal to the bus: one relay per chain at a time by a lease, in order, the relay's
//! place moved only after the bus acknowledged. A row published twice is harmless, so the lease only keeps order.

use std::collections::BTreeMap;
use std::time::Duration;

use holdpoint_bus::SharedBus;
use holdpoint_chassis::clock::{MachineClock, Mark};
use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::ids::random_bytes;
use holdpoint_chassis::metrics::METRICS;
use tokio_util::sync::CancellationToken;

use crate::chain::Chain;
use crate::doorbell;
use crate::error::DbResult as _;
use crate::row::Row;
use crate::store::{Store, sql};

/// A lease whose holder has shown no sign of life for this long, by the clock of the one who watches, may be taken.
const LEASE: Duration = Duration::from_secs(3);
/// Look for rows that other copies of the service appended at least this often.
const LOOK: Duration = Duration::from_millis(500);
/// Wait after the bus or the database did not do its part.
const PAUSE: Duration = Duration::from_secs(1);
const BATCH: u32 = 500;

/// Publishes a service's journal.
pub struct Relay {
    store: Store,
    bus: SharedBus,
    clock: MachineClock,
    owner: String,
    watched: BTreeMap<String, Watched>,
    /// Of each chain that it published last under its own lease: up to which row.
    held: BTreeMap<Chain, u64>,
}

/// A lease of somebody else's, as last seen.
struct Watched {
    owner: String,
    beat: i64,
    since: Mark,
}

/// A chain that has rows to publish.
struct Due {
    chain: String,
    head: i64,
    published: i64,
    owner: Option<String>,
    beat: i64,
}

impl Relay {
    /// A relay for all chains of the store's service.
    pub fn new(store: Store, bus: SharedBus, clock: MachineClock) -> Self {
        Self {
            store,
            bus,
            clock,
            owner: hex::encode(random_bytes::<8>()),
            watched: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }

    /// Publishes whatever is appended until shut down; then gives its leases back.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut bell = self.store.doorbell();
        loop {
            bell.mark_unchanged();
            let wait = match self.publish_rung().await {
                Ok(()) => LOOK,
                Err(cause) => {
                    tracing::warn!(service = self.store.service(), %cause, "the relay pauses; rows wait in the journal");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = bell.changed(), if wait == LOOK => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        let text = "UPDATE journal_relay SET owner = '' WHERE owner = $1";
        if let Err(cause) = self.change(text, vec![self.owner.as_str().into()]).await {
            tracing::debug!(%cause, "the relay's leases were not given back; they run out");
        }
    }

    /// Publishes what this process has just committed, from memory where it is what comes next; all that is due else.
    async fn publish_rung(&mut self) -> Result<()> {
        let mut fresh: BTreeMap<Chain, Vec<Row>> = BTreeMap::new();
        for row in self.store.take_fresh() {
            fresh.entry(row.chain.clone()).or_default().push(row);
        }
        let mut all = !fresh.is_empty();
        for (chain, mut rows) in fresh {
            rows.sort_unstable_by_key(|row| row.head.number);
            all &= self.publish_next(&chain, &rows).await?;
        }
        if all { Ok(()) } else { self.publish_due().await }
    }

    /// Publishes these rows of a chain whose lease it held last, where they follow upon what it published then.
    async fn publish_next(&mut self, chain: &Chain, rows: &[Row]) -> Result<bool> {
        // What fails below is looked up again.
        let Some(published) = self.held.remove(chain) else { return Ok(false) };
        let follow = rows.iter().zip(published + 1..).all(|(row, number)| row.head.number == number);
        if !follow || !self.publish(chain, rows).await? {
            return Ok(false);
        }
        self.held.extend(rows.last().map(|row| (chain.clone(), row.head.number)));
        Ok(true)
    }

    /// Publishes rows and moves the relay's place behind them; false where another copy has taken the lease.
    async fn publish(&self, chain: &Chain, rows: &[Row]) -> Result<bool> {
        let Some(number) = rows.last().map(|row| row.head.number) else { return Ok(true) };
        let messages: Vec<_> = rows.iter().map(|row| doorbell::ring(self.store.service(), row)).collect();
        reached("journal.relay.before-publish");
        self.bus.publish(&messages).await.or_fault("publishing journal rows")?;
        reached("journal.relay.after-publish");
        // A place that a crash of the database lost is one from which rows are published again.
        let text = "UPDATE journal_relay SET number = $1, beat = beat + 1 WHERE chain = $2 AND owner = $3";
        let text = match self.store.is_sqlite() {
            true => text.to_owned(),
            false => format!("{text} RETURNING {}", sql::NO_FLUSH),
        };
        let values = vec![sql::signed(number).into(), chain.as_str().into(), self.owner.as_str().into()];
        if self.change(&text, values).await? == 0 {
            tracing::info!(%chain, "another copy took the relay's lease");
            return Ok(false);
        }
        reached("journal.relay.after-mark");
        Ok(true)
    }

    /// Publishes all that is due at this moment, chain by chain.
    pub async fn publish_due(&mut self) -> Result<()> {
        let due = self.due().await?;
        let waiting = due.iter().map(|due| due.head - due.published).sum();
        METRICS.unpublished(self.store.service(), waiting);
        for due in due {
            if self.holds(&due).await? {
                self.publish_chain(&due).await?;
            }
        }
        Ok(())
    }

    async fn publish_chain(&mut self, due: &Due) -> Result<()> {
        let chain = Chain::trial(due.chain.as_str());
        let mut published = sql::unsigned(due.published);
        loop {
            let rows = self.store.rows(&chain, published, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            published = last.head.number;
            if !self.publish(&chain, &rows).await? {
                self.held.remove(&chain);
                return Ok(());
            }
            self.held.insert(chain.clone(), published);
            // What was appended meanwhile has rung.
            if published >= sql::unsigned(due.head) {
                return Ok(());
            }
        }
    }

    async fn due(&self) -> Result<Vec<Due>> {
        let text = "SELECT h.chain, COALESCE(r.number, 0), r.owner, COALESCE(r.beat, 0), h.number FROM journal_head h \
                    LEFT JOIN journal_relay r ON r.chain = h.chain WHERE h.number > COALESCE(r.number, 0) ORDER BY h.chain";
        let rows = sql::all(self.store.reader(), text, vec![]).await.db("looking for rows to publish")?;
        rows.iter()
            .map(|row| {
                Ok(Due {
                    chain: row.try_get_by_index(0).db("reading the relay's chain")?,
                    published: row.try_get_by_index(1).db("reading the relay's place")?,
                    owner: row.try_get_by_index(2).db("reading the relay's owner")?,
                    beat: row.try_get_by_index(3).db("reading the relay's beat")?,
                    head: row.try_get_by_index(4).db("reading a chain's head")?,
                })
            })
            .collect()
    }

    /// Whether this relay holds the chain's lease, taking it where it is free or its holder shows no life.
    async fn holds(&mut self, due: &Due) -> Result<bool> {
        let me = self.owner.clone();
        let (chain, me) = (due.chain.as_str(), me.as_str());
        let Some(owner) = &due.owner else {
            let text = "INSERT INTO journal_relay (chain, owner, beat, number) VALUES ($1, $2, 1, 0) \
                        ON CONFLICT (chain) DO NOTHING";
            return Ok(self.change(text, vec![chain.into(), me.into()]).await? == 1);
        };
        if owner == me {
            return Ok(true);
        }
        if !owner.is_empty() && !self.is_silent(due, owner) {
            return Ok(false);
        }
        let text = "UPDATE journal_relay SET owner = $1, beat = beat + 1 WHERE chain = $2 AND owner = $3 AND beat = $4";
        let values = vec![me.into(), chain.into(), owner.as_str().into(), due.beat.into()];
        Ok(self.change(text, values).await? == 1)
    }

    fn is_silent(&mut self, due: &Due, owner: &str) -> bool {
        let seen = self.watched.get(&due.chain).filter(|seen| seen.owner == owner && seen.beat == due.beat);
        if let Some(seen) = seen {
            return self.clock.boot_since(&seen.since) >= LEASE;
        }
        let watched = Watched { owner: owner.to_owned(), beat: due.beat, since: self.clock.mark() };
        self.watched.insert(due.chain.clone(), watched);
        false
    }

    async fn change(&self, text: &str, values: Vec<sea_orm::Value>) -> Result<u64> {
        Ok(sql::run(self.store.writer(), text, values).await.db("moving the relay's place")?.rows_affected())
    }
}
