//! Decides what peers' memory says of a chain: each remembered row must stand in it, or its loss must be accounted for by
//! the first row of a later incarnation. A peer that remembers a row of the chain remembers every row before it, so that
//! nobody hides a rewritten row behind the loss that a restore declared.

use std::collections::BTreeMap;

use super::{Gap, Remembered};
use crate::chain::{Chain, Head};
use crate::incarnation::{Opened, place};

/// What is wrong with a row.
pub(super) struct Bad {
    pub number: u64,
    pub what: String,
}

/// What every peer remembers of the chain.
pub(super) struct Memory<'a> {
    openings: Vec<Opened>,
    peers: BTreeMap<&'a str, Peer>,
}

/// What one peer remembers and was not met in the chain yet.
#[derive(Default)]
struct Peer {
    /// The rows it goes on with.
    rows: BTreeMap<(u32, u64), Head>,
    /// The rows that it knows as lost.
    lost: Vec<Head>,
}

impl<'a> Memory<'a> {
    /// Of these witnesses, for a chain in which these incarnations begin.
    pub(super) fn new(openings: Vec<Opened>, witnesses: &[&'a Remembered]) -> Self {
        let mut peers: BTreeMap<&str, Peer> = BTreeMap::new();
        for seen in witnesses {
            let peer = peers.entry(seen.by.as_str()).or_default();
            match seen.lost_under {
                None => peer.rows.extend(seen.heads().map(|head| (place(&head), head))),
                Some(_) => peer.lost.extend(seen.heads()),
            }
        }
        Self { openings, peers }
    }

    /// A row stands in the chain.
    pub(super) fn meet(&mut self, row: &Head) -> Result<(), Bad> {
        let Self { openings, peers } = self;
        for (by, peer) in peers {
            peer.lost.retain(|lost| lost != row);
            match peer.rows.get(&place(row)) {
                Some(head) if head == row => drop(peer.rows.remove(&place(row))),
                Some(head) if accounting(openings, head).is_none() => return Err(rewritten(by, head)),
                Some(_) | None => continue,
            }
            if let Some((_, before)) = peer.rows.range(..place(row)).next() {
                return Err(rewritten(by, before));
            }
        }
        Ok(())
    }

    /// What is remembered and nowhere in the chain: the first row whose loss nothing accounts for, of those that peers go
    /// on with before those that they know as lost.
    pub(super) fn missing(&self, end: &Head) -> Option<Bad> {
        let all =
            self.peers.iter().flat_map(|(by, peer)| peer.unmet().map(move |(lost, head)| (*by, lost, head)));
        let missing = all.filter(|(_, _, head)| accounting(&self.openings, head).is_none());
        let (by, _, head) = missing.min_by_key(|(_, lost, head)| (*lost, head.number))?;
        let what = format!("it is missing: {by} remembers it, the journal ends at {end}");
        Some(Bad { number: head.number, what })
    }

    /// The losses that the chain itself declares, with what peers remember of each.
    pub(super) fn gaps(&self, service: &str, chain: &Chain) -> Vec<Gap> {
        self.openings.iter().map(|opened| self.gap(service, chain, opened)).collect()
    }

    fn gap(&self, service: &str, chain: &Chain, opened: &Opened) -> Gap {
        let mut remembered = BTreeMap::new();
        for (by, peer) in &self.peers {
            let here = peer.unmet().filter(|(_, head)| accounting(&self.openings, head) == Some(opened));
            let numbers: Vec<u64> = here.map(|(_, head)| head.number).collect();
            if let (Some(first), Some(last)) = (numbers.iter().min(), numbers.iter().max()) {
                remembered.insert((*by).to_owned(), (*first, *last));
            }
        }
        Gap {
            service: service.to_owned(),
            chain: chain.clone(),
            opened: opened.head,
            at_us: opened.at_us,
            base: opened.said.base,
            lost: opened.said.lost,
            remembered,
        }
    }
}

impl Peer {
    /// Each row, and whether the peer knows it as lost.
    fn unmet(&self) -> impl Iterator<Item = (bool, &Head)> {
        self.rows.values().map(|head| (false, head)).chain(self.lost.iter().map(|head| (true, head)))
    }
}

/// The first row of the first incarnation that accounts for the loss of a row.
fn accounting<'o>(openings: &'o [Opened], head: &Head) -> Option<&'o Opened> {
    openings.iter().find(|opened| opened.accounts_for(head))
}

fn rewritten(by: &str, head: &Head) -> Bad {
    let what = format!("{by} remembers another row here: the journal was rewritten");
    Bad { number: head.number, what }
}
