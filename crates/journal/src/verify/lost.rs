//! Decides whether what is remembered as lost by a peer is what was written down when the peer's restore was taken up.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;

use super::chain::private;
use super::{Finding, Remembered};
use crate::chain::Chain;
use crate::follower::{ROWS_LOST, digest};
use crate::store::Store;

/// A peer, a chain of its journal, and the incarnation that accounts for the loss.
type Of = (String, Chain, String);

/// The losses that rows of this journal name, each with the hash of the lost rows' hashes and the row.
#[derive(Default)]
pub(super) struct Named {
    losses: BTreeMap<Of, (String, u64)>,
}

impl Named {
    /// Notes what a row's private part says of rows that a peer lost.
    pub(super) fn note(&mut self, chain: &Chain, number: u64, kind: &str, body: Option<&[u8]>) {
        if kind != ROWS_LOST {
            return;
        }
        let Some(part) = body.and_then(private) else { return };
        let text = |name: &str| part.data.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        if let (Some(source), Some(opened), Some(sha256)) = (text("source"), text("opened"), text("sha256")) {
            self.losses.insert((source, chain.clone(), opened), (sha256, number));
        }
    }
}

/// Compares what is remembered as lost with what the rows name.
pub(super) async fn verify(store: &Store, named: &Named) -> Result<Vec<Finding>> {
    let mut missing = named.losses.clone();
    let mut findings = vec![];
    for source in store.sources().await? {
        for ((chain, opened), seen) in by_loss(store.remembers(&source).await?) {
            let found = digest(seen.iter().flat_map(|seen| &seen.hashes));
            let of = (source.clone(), chain.clone(), opened);
            match missing.remove(&of) {
                Some((sha256, _)) if sha256 == found => {}
                Some((_, number)) => findings.push(finding(store, &of, number, "was altered")),
                None => findings.push(finding(store, &of, 0, "is named by no row")),
            }
        }
    }
    findings.extend(missing.iter().map(|(of, (_, number))| finding(store, of, *number, "is missing")));
    Ok(findings)
}

fn by_loss(all: Vec<Remembered>) -> BTreeMap<(Chain, String), Vec<Remembered>> {
    let mut losses: BTreeMap<_, Vec<Remembered>> = BTreeMap::new();
    for seen in all {
        if let Some(opened) = seen.lost_under {
            losses.entry((seen.chain.clone(), opened.to_string())).or_default().push(seen);
        }
    }
    losses
}

fn finding(store: &Store, (source, chain, opened): &Of, number: u64, what: &str) -> Finding {
    Finding {
        service: store.service().to_owned(),
        chain: chain.clone(),
        number,
        what: format!("what it remembers of the rows that {source} lost before {opened} {what}"),
    }
}
