//! Takes a backup: makes the cut, writes the file under a name of its own, verifies what was written, and only then gives it the name
//! that was asked for.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use holdpoint_journal::{Snapshot, Table};
use jiff::Timestamp;

use super::archive::Sealer;
use super::content::Writer;
use super::cut::{self, Running};
use super::manifest::{Manifest, OfService};
use super::verify::{Checked, verify};
use super::{Key, files};
use crate::host::Stores;

/// What is backed up.
#[derive(Debug, Clone)]
pub struct From {
    /// Where the databases are.
    pub stores: Stores,
    /// Where the services are; none where they are stopped.
    pub running: Option<Running>,
    /// The keys folder.
    pub keys: PathBuf,
    /// When: civil time.
    pub at: Timestamp,
}

/// A backup that was taken and verified.
#[derive(Debug)]
pub struct Taken {
    /// What its verification found.
    pub checked: Checked,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Takes a backup into a file that does not exist yet.
pub async fn take(from: &From, to: &Path, key: &Key) -> anyhow::Result<Taken> {
    ensure!(!to.exists(), "{} is there already; a backup is never overwritten", to.display());
    let part = to.with_extension("part");
    let outcome = take_into(from, &part, key).await;
    if outcome.is_err() {
        drop(std::fs::remove_file(&part));
    }
    let taken = outcome?;
    std::fs::rename(&part, to).with_context(|| format!("cannot give {} its name", to.display()))?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .context("flushing the folder of the backup")?;
    }
    Ok(taken)
}

async fn take_into(from: &From, part: &Path, key: &Key) -> anyhow::Result<Taken> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
    let file = file.with_context(|| format!("cannot write {}", part.display()))?;
    let mut snapshots = cut::cut(from).await?;
    let file = write(from, &mut snapshots, Sealer::new(key, file)?).await?;
    for snapshot in snapshots {
        snapshot.close().await?;
    }
    file.sync_all().context("flushing the backup")?;
    let bytes = file.metadata()?.len();
    let checked = verify(part, key).await.context("the backup was written, and is not what it must be")?;
    Ok(Taken { checked, bytes })
}

async fn write(from: &From, snapshots: &mut [Snapshot], to: Sealer<File>) -> anyhow::Result<File> {
    let mut manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: from.at,
        services: Default::default(),
    };
    let mut tables: Vec<Vec<Table>> = vec![];
    for snapshot in snapshots.iter_mut() {
        let (heads, found) = (snapshot.heads().await?, snapshot.tables().await?);
        manifest.services.insert(snapshot.service().to_owned(), OfService::of(heads, &found));
        tables.push(found);
    }
    let mut writer = Writer::begin(to, &manifest)?;
    // The manifest's order is the order of what follows.
    for service in manifest.services.keys() {
        let at = snapshots.iter().position(|snapshot| snapshot.service() == service).context("a snapshot")?;
        let (Some(snapshot), Some(tables)) = (snapshots.get_mut(at), tables.get(at)) else { continue };
        for table in tables {
            snapshot.rows(table, |rows| writer.rows(rows)).await?;
            writer.table_end(service, &table.name)?;
        }
    }
    for (name, content) in files::read(&from.keys)? {
        writer.file(&name, content)?;
    }
    Ok(writer.end()?.0)
}
