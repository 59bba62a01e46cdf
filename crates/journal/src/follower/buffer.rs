//! Decides which rows heard on the bus wait for the rows before them: few, for a short while, per chain.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::chain::Chain;
use crate::row::Row;

/// More than this is left to the reading of the peer's journal.
const ROWS: usize = 2000;

/// Rows that arrived and could not be applied yet.
#[derive(Default)]
pub(super) struct Buffer {
    chains: BTreeMap<Chain, Waiting>,
}

#[derive(Default)]
struct Waiting {
    rows: BTreeMap<(u32, u64), Row>,
    /// When the peer's journal is read for the missing rows.
    until: Option<Instant>,
}

impl Buffer {
    /// Takes in a row.
    pub(super) fn add(&mut self, row: Row) {
        let waiting = self.chains.entry(row.chain.clone()).or_default();
        waiting.rows.insert((row.head.incarnation, row.head.number), row);
        if waiting.rows.len() > ROWS {
            waiting.rows.pop_last();
        }
    }

    /// Notes that something rang for a chain without a row that can be used.
    pub(super) fn miss(&mut self, chain: Chain, now: Instant) {
        self.chains.entry(chain).or_default().until.get_or_insert(now);
    }

    /// The rows of a chain, in order, taken out.
    pub(super) fn take(&mut self, chain: &Chain) -> Vec<Row> {
        self.chains
            .get_mut(chain)
            .map(|waiting| std::mem::take(&mut waiting.rows))
            .unwrap_or_default()
            .into_values()
            .collect()
    }

    /// Puts back the rows behind a gap, and waits for the gap to close by itself.
    pub(super) fn wait(&mut self, chain: &Chain, rows: Vec<Row>, now: Instant, patience: Duration) {
        let waiting = self.chains.entry(chain.clone()).or_default();
        waiting.rows.extend(rows.into_iter().map(|row| ((row.head.incarnation, row.head.number), row)));
        waiting.until.get_or_insert(now + patience);
    }

    /// The chain needs nothing any more.
    pub(super) fn settle(&mut self, chain: &Chain) {
        self.chains.remove(chain);
    }

    /// When the first patience ends.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.chains.values().filter_map(|waiting| waiting.until).min()
    }

    /// The chains whose patience is over, to be read from the peer.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<Chain> {
        let overdue: Vec<Chain> = self
            .chains
            .iter()
            .filter(|(_, waiting)| waiting.until.is_some_and(|until| until <= now))
            .map(|(chain, _)| chain.clone())
            .collect();
        for chain in &overdue {
            self.settle(chain);
        }
        overdue
    }
}
