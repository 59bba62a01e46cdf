//! Verifies the journals of a house: each against itself, and against what the other services remember of it. Reads the databases
//! directly, so that nothing needs to run, and no running service can hide anything.

use holdpoint_journal::{Finding, Gap, Remembered, Store, verify};

use super::ROOMS;

/// Opens the database of every service at the given address.
pub async fn open_stores(store_url: &str) -> anyhow::Result<Vec<Store>> {
    let mut stores = Vec::new();
    for room in &ROOMS {
        stores.push(Store::open(store_url, room.name, (room.tables)()).await?);
    }
    Ok(stores)
}

/// What was verified: rows recomputed, the first bad row of each chain, and what restores left.
#[derive(Debug, Default)]
pub struct Verified {
    /// Rows of all services and chains.
    pub rows: u64,
    /// What is wrong, by name.
    pub findings: Vec<Finding>,
    /// What restores lost and the journals themselves declare.
    pub gaps: Vec<Gap>,
}

/// Verifies every journal; with `peers`, against what the others remember too.
pub async fn verify_all(stores: &[Store], peers: bool) -> anyhow::Result<Verified> {
    let mut verified = Verified::default();
    for store in stores {
        let witnesses = if peers { witnesses(stores, store.service()).await? } else { Vec::new() };
        let report = verify(store, &witnesses).await?;
        verified.rows += report.rows;
        verified.findings.extend(report.findings);
        verified.gaps.extend(report.gaps);
    }
    Ok(verified)
}

async fn witnesses(stores: &[Store], source: &str) -> anyhow::Result<Vec<Remembered>> {
    let mut all = Vec::new();
    for peer in stores.iter().filter(|peer| peer.service() != source) {
        all.extend(peer.remembers(source).await?);
    }
    Ok(all)
}
