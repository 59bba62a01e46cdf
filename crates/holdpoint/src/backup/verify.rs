//! Verifies a backup by restoring it where nobody sees it: every piece is opened, every row loaded into files that are thrown away,
//! every journal recomputed and compared with what its peers remember, and the five compared with one another.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, ensure};
use holdpoint_journal::{Options, Store};

use super::archive::Opener;
use super::checks;
use super::content::Reader;
use super::manifest::{Manifest, written};
use super::restore::{Loaded, load_all};
use super::{Key, files};
use crate::host::{ROOMS, Stores, verify_all};

/// What a backup was found to hold.
#[derive(Debug)]
pub struct Checked {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Rows of all tables.
    pub rows: u64,
    /// Journal rows that were recomputed.
    pub journal_rows: u64,
    /// Permits that starts name, each found in safety.
    pub permits: usize,
    /// Files of the keys folder.
    pub files: usize,
}

/// Verifies a file. Whatever is wrong is an error that says what.
pub async fn verify(path: &Path, key: &Key) -> anyhow::Result<Checked> {
    Ok(examine(path, key).await?.0)
}

/// The same, with the files of the keys folder.
pub(super) async fn examine(path: &Path, key: &Key) -> anyhow::Result<(Checked, Vec<(String, Vec<u8>)>)> {
    let folder = tempfile::Builder::new()
        .prefix("holdpoint-verify-")
        .tempdir()
        .context("cannot make a folder to verify in")?;
    let stores = Stores::one(&folder.path().display().to_string())?;
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut reader = Reader::new(Opener::new(key, file)?);
    let manifest = reader.manifest()?;
    let Loaded { stores: loaded, files: found, .. } =
        load_all(&stores, &mut reader, &manifest, scratch(), None).await?;
    files::check(&found)?;
    let checked = judge(&loaded, &manifest).await;
    for store in &loaded {
        store.close().await?;
    }
    let (journal_rows, permits) = checked?;
    let rows = reader.counted().tables.values().flat_map(|tables| tables.values()).map(|sum| sum.rows).sum();
    Ok((Checked { manifest, rows, journal_rows, permits, files: found.len() }, found))
}

fn scratch() -> Options {
    Options { scratch: true, ..Options::default() }
}

async fn judge(stores: &[Store], manifest: &Manifest) -> anyhow::Result<(u64, usize)> {
    for (store, room) in stores.iter().zip(ROOMS) {
        let heads = store.heads().await?.into_iter().map(|(chain, head)| (chain.to_string(), written(&head)));
        let said = manifest.services.get(room.name).map(|service| &service.heads);
        ensure!(
            said == Some(&heads.collect()),
            "the heads of {} are not those that the manifest names",
            room.name
        );
    }
    let verified = verify_all(stores, true).await?;
    let wrong: Vec<String> = verified.findings.iter().map(ToString::to_string).collect();
    ensure!(wrong.is_empty(), "the journals do not verify: {}", wrong.join("; "));
    checks::cursors(stores).await?;
    let permits = checks::permits(stores).await?;
    Ok((verified.rows, permits))
}
