//! What a restore of the whole house leaves for safety: which copy each chain goes on from, so that every trial comes up under one
//! hold that says so, and not under one for each service that went back (holds.md, "A service that went back in time").

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate, By, Chain, Head, Key, Store, Stored, Tx};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::Peer;

/// An incarnation that a restore of the whole house opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The service.
    pub source: Peer,
    /// The chain of its journal.
    pub chain: String,
    /// The incarnation.
    pub incarnation: u32,
    /// When the copy was made that everything goes on from.
    pub taken_at: Timestamp,
}

impl Aggregate for Restored {
    const TABLE: &'static str = "restored";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        id(&self.source, &self.chain, self.incarnation)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

fn id(source: &Peer, chain: &str, incarnation: u32) -> String {
    format!("{source}/{chain}/{incarnation}")
}

/// Writes down which incarnations a restore opened in the five journals. Nothing runs yet.
pub async fn write_down(
    store: &Store,
    by: &By,
    opened: &BTreeMap<String, BTreeMap<Chain, Head>>,
    taken_at: Timestamp,
) -> Result<()> {
    let mut tx = store.begin(by).await?;
    for (source, chains) in opened {
        for (chain, head) in chains {
            let (source, chain) = (Peer::from(source.as_str()), chain.to_string());
            tx.insert(&Restored { source, chain, incarnation: head.incarnation, taken_at }).await?;
        }
    }
    tx.commit().await.map(drop)
}

/// When the copy was made from which this incarnation goes on; none where it has another cause.
pub async fn taken_at(tx: &Tx, source: &Peer, chain: &str, incarnation: u32) -> Result<Option<Timestamp>> {
    let found: Option<Stored<Restored>> = tx.get(&id(source, chain, incarnation)).await?;
    Ok(found.map(|found| found.value.taken_at))
}
