//! Decides whether the cursors in peers' journals stand where the remembered rows end.

use holdpoint_chassis::error::Result;

use super::{Finding, Remembered};
use crate::chain::{Chain, Head};
use crate::store::Store;

/// Compares every cursor with what is remembered of its source.
pub(super) async fn verify(store: &Store) -> Result<Vec<Finding>> {
    let mut findings = vec![];
    for source in store.sources().await? {
        for (chain, cursor) in store.cursors(&source).await? {
            let Some((cursor, newest)) = disagreement(store, &source, &chain, cursor).await? else {
                continue;
            };
            let seen = newest.map_or_else(|| "nothing".to_owned(), |head| head.to_string());
            findings.push(Finding {
                service: store.service().to_owned(),
                chain,
                number: 0,
                what: format!(
                    "its cursor in {source}'s journal says {cursor}, what it remembers ends at {seen}"
                ),
            });
        }
    }
    Ok(findings)
}

/// The cursor and where the remembered rows end, where the two differ. A service that applies rows meanwhile moves both
/// between the two readings; only a cursor that stood still before and after can contradict.
async fn disagreement(
    store: &Store,
    source: &str,
    chain: &Chain,
    mut cursor: Head,
) -> Result<Option<(Head, Option<Head>)>> {
    loop {
        let remembered = store.remembered(source, chain).await?;
        let newest = remembered.iter().filter_map(newest).max_by_key(|head| (head.incarnation, head.number));
        if newest == Some(cursor) {
            return Ok(None);
        }
        let after = store.cursor(source, chain).await?;
        if after == cursor {
            return Ok(Some((cursor, newest)));
        }
        cursor = after;
    }
}

fn newest(seen: &Remembered) -> Option<Head> {
    let hash = *seen.hashes.last()?;
    let number = seen.first + (seen.hashes.len() as u64 - 1);
    Some(Head { incarnation: seen.incarnation, number, hash })
}
