//! Decides the order of a follower's work: rows as they arrive, gaps when their patience ends, heads on a timer.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use holdpoint_bus::{Delivery, Subscription};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Follower;
use super::apply::{Applied, Via};
use super::buffer::Buffer;
use crate::chain::Chain;
use crate::doorbell;
use crate::error::RACE;

/// Messages taken up at once: one transaction per chain for all of them.
const CHUNK: usize = 512;
const RETRY: Duration = Duration::from_secs(1);
/// The same after a race: whoever won it is done by then.
const AGAIN: Duration = Duration::from_millis(20);
const FAR: Duration = Duration::from_secs(3600);

impl Follower {
    /// Follows until shut down.
    pub async fn run(self, shutdown: CancellationToken) {
        let stopped = shutdown.cancelled_owned();
        tokio::pin!(stopped);
        let mut buffer = Buffer::default();
        let mut arrivals = self.subscribe().await;
        let mut compare = tokio::time::interval(self.inner.patience.compare);
        compare.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let end = buffer.next_end().unwrap_or_else(far);
            tokio::select! {
                () = &mut stopped => {
                    self.inner.hears.store(false, Ordering::Relaxed);
                    return;
                }
                chunk = arrivals.next() => match chunk {
                    Some(chunk) => self.arrived(&mut buffer, chunk).await,
                    None => {
                        self.inner.hears.store(false, Ordering::Relaxed);
                        tokio::time::sleep(RETRY).await;
                        arrivals = self.subscribe().await;
                    }
                },
                () = tokio::time::sleep_until(end) => self.fill(&mut buffer).await,
                _ = compare.tick() => {
                    if let Err(cause) = self.compare().await {
                        tracing::debug!(source = self.source(), %cause, "heads were not compared");
                    }
                }
            }
        }
    }

    async fn subscribe(&self) -> BoxStream<'static, Vec<Delivery>> {
        let reader = self.inner.store.service();
        let wanted = Subscription {
            source: self.source().to_owned(),
            durable: format!("{reader}-from-{}", self.source()),
        };
        let subscribed = self.inner.bus.subscribe(wanted).await;
        self.inner.hears.store(subscribed.is_ok(), Ordering::Relaxed);
        match subscribed {
            Ok(deliveries) => deliveries.ready_chunks(CHUNK).boxed(),
            Err(cause) => {
                tracing::error!(source = self.source(), %cause, "not listening; heads are still compared");
                futures::stream::empty().boxed()
            }
        }
    }

    async fn arrived(&self, buffer: &mut Buffer, chunk: Vec<Delivery>) {
        let mut chains = BTreeSet::new();
        let mut deliveries = Vec::with_capacity(chunk.len());
        for mut delivery in chunk {
            let message = std::mem::replace(&mut delivery.message, empty());
            let chain = Chain::trial(message.chain.as_str());
            match doorbell::hear(message) {
                Some(row) => {
                    buffer.add(row);
                    chains.insert(chain);
                }
                None => buffer.miss(chain, now()),
            }
            deliveries.push(delivery);
        }
        for chain in chains {
            self.apply_heard(buffer, &chain).await;
        }
        // Whatever is not applied yet is in the journal and will be read from there.
        for delivery in deliveries {
            delivery.ack().await;
        }
    }

    async fn apply_heard(&self, buffer: &mut Buffer, chain: &Chain) {
        let rows = buffer.take(chain);
        match self.apply(chain, &rows, Via::Bus).await {
            Ok(Applied::Up(_) | Applied::Parked(_) | Applied::WentBack) => buffer.settle(chain),
            Ok(Applied::Gap(cursor)) => {
                let behind = rows.into_iter().filter(|row| {
                    (row.head.incarnation, row.head.number) > (cursor.incarnation, cursor.number)
                });
                buffer.wait(chain, behind.collect(), now(), self.inner.patience.gap);
            }
            Err(cause) => {
                tracing::warn!(source = self.source(), %chain, %cause, "rows were not applied; trying again");
                let raced = cause.code() == Some(RACE.code);
                buffer.wait(chain, vec![], now(), if raced { AGAIN } else { RETRY });
            }
        }
    }

    async fn fill(&self, buffer: &mut Buffer) {
        for chain in buffer.overdue(now()) {
            if let Err(cause) = self.read_on(&chain, 0, Via::Journal).await {
                tracing::warn!(source = self.source(), %chain, %cause, "a gap was not filled; trying again");
                buffer.wait(&chain, vec![], now(), RETRY);
            }
        }
    }
}

/// Tokio's own clock, which its timers use. No permit, lease or date depends on it.
fn now() -> Instant {
    Instant::now()
}

fn far() -> Instant {
    now() + FAR
}

fn empty() -> holdpoint_bus::Message {
    holdpoint_bus::Message {
        service: String::new(),
        chain: String::new(),
        headers: std::collections::BTreeMap::new(),
        body: vec![],
    }
}
