//! Whether the services keep up, and whether their journals are what was written.

use std::collections::BTreeMap;

use holdpoint_journal::{Chain, Head, Snapshot};

use crate::doctor::{Found, House};
use crate::host::{ROOMS, verify_all};

/// A database that is absent is another check's finding.
async fn snapshots(house: &House) -> anyhow::Result<Vec<Snapshot>> {
    let mut found = vec![];
    for room in ROOMS {
        found.extend(Snapshot::connect(house.stores.of(room.name)?, room.name).await?);
    }
    Ok(found)
}

pub(super) async fn keep_up(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let mut all = snapshots(house).await?;
    let mut cursors = vec![];
    // Cursors before heads, so that nobody is ahead who is not.
    for snapshot in &mut all {
        cursors.push((snapshot.service().to_owned(), snapshot.cursors().await?));
    }
    let mut heads: BTreeMap<(String, Chain), Head> = BTreeMap::new();
    for snapshot in &mut all {
        let service = snapshot.service().to_owned();
        heads.extend(
            snapshot.heads().await?.into_iter().map(|(chain, head)| ((service.clone(), chain), head)),
        );
    }
    for (service, of) in &cursors {
        for (source, chain, cursor) in of {
            let head = heads.get(&(source.clone(), chain.clone())).copied().unwrap_or_default();
            if (cursor.incarnation, cursor.number) > (head.incarnation, head.number) {
                found.problem(
                    format!(
                        "{service} has read {source}'s {chain} up to {cursor}, and {source} ends at {head}: {source} went back in \
                         time"
                    ),
                    "the trial is held; reconcile as docs/operations.md says, and release the hold",
                );
            } else if head.number - cursor.number > house.limits.lag_rows {
                let behind = head.number - cursor.number;
                found.problem(
                    format!("{service} is {behind} rows behind {source}'s {chain}"),
                    format!("see that {service} and {source} run and reach one another; a parked row is told by another check"),
                );
            }
        }
    }
    Ok(())
}

pub(super) async fn parked(house: &House, found: &mut Found) -> anyhow::Result<()> {
    for mut snapshot in snapshots(house).await? {
        let service = snapshot.service().to_owned();
        for row in snapshot.parked().await? {
            found.problem(
                format!(
                    "{service} cannot apply row {} of {}'s {}: {}",
                    row.number, row.source, row.chain, row.why
                ),
                "a later release may; or an administrator passes over it: `holdpoint journal skip`",
            );
        }
        snapshot.close().await?;
    }
    Ok(())
}

pub(super) async fn verify(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let mut stores = vec![];
    for room in ROOMS {
        // What is not there must not be made and then be found empty and well.
        let Some(there) = Snapshot::connect(house.stores.of(room.name)?, room.name).await? else {
            return Ok(());
        };
        there.close().await?;
        stores.push(
            holdpoint_journal::Store::open(house.stores.of(room.name)?, room.name, (room.tables)()).await?,
        );
    }
    let verified = verify_all(&stores, true).await?;
    for finding in verified.findings {
        found.problem(
            finding.to_string(),
            "somebody or something changed what was written: stop the services, keep the databases for whoever examines them, and \
             restore the last backup",
        );
    }
    for store in stores {
        store.close().await?;
    }
    Ok(())
}
