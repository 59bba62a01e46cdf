//! Whether five databases are of one cut: no reader is ahead of what it reads, and every start has its permit.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use holdpoint_journal::Store;
use holdpoint_safety::domain::permit::Permit;

/// No cursor is ahead of its source's head.
pub(super) async fn cursors(stores: &[Store]) -> anyhow::Result<()> {
    for reader in stores {
        for (source, chain, cursor) in reader.all_cursors().await? {
            let of = stores.iter().find(|store| store.service() == source);
            let head = of
                .with_context(|| format!("{} reads {source}, which is not there", reader.service()))?
                .head(&chain)
                .await?;
            ensure!(
                (cursor.incarnation, cursor.number) <= (head.incarnation, head.number),
                "the copies are not of one cut: {} has read {source}'s {chain} up to {cursor}, and {source} ends at {head}",
                reader.service()
            );
        }
    }
    Ok(())
}

/// Every permit that dosing or enrollment knows the fate of is safety's. Answers how many there are.
pub(super) async fn permits(stores: &[Store]) -> anyhow::Result<usize> {
    let of = |name: &str| {
        stores.iter().find(|store| store.service() == name).with_context(|| format!("no store of {name}"))
    };
    let given: BTreeSet<String> = of("safety")?
        .find::<Permit>(&[])
        .await?
        .into_iter()
        .map(|permit| permit.value.id.to_string())
        .collect();
    let dosing = of("dosing")?.find::<holdpoint_dosing::store::PermitFate>(&[]).await?;
    let enrollment = of("enrollment")?.find::<holdpoint_enrollment::PermitFate>(&[]).await?;
    let told = dosing
        .iter()
        .map(|fate| fate.permit.to_string())
        .chain(enrollment.iter().map(|fate| fate.permit.to_string()));
    let mut all = 0;
    for permit in told {
        all += 1;
        if !given.contains(&permit) {
            bail!(
                "the copies are not of one cut: a start names the permit {permit}, which safety does not have"
            );
        }
    }
    Ok(all)
}
