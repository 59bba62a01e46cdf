//! Restores a backup into an empty stack: empty databases, an empty bus, nothing that runs. The whole file is opened and judged
//! before anything is written. Then every journal goes on in a further incarnation, and safety is told so: each trial comes up under a
//! trial-wide hold until two people have released it (holds.md, "A service that went back in time", H7).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use holdpoint_bus::{JetStream, JetStreamOptions};
use holdpoint_journal::{By, Chain, Head, Options, Snapshot, Store, Table, load};
use holdpoint_safety::commands::restoring;
use jiff::Timestamp;

use super::archive::Opener;
use super::content::Reader;
use super::manifest::Manifest;
use super::verify::{Checked, examine};
use super::{Key, files};
use crate::host::{ROOMS, Stores, verify_all};

/// Who restored, in every journal.
const RESTORER: &str = "restore";

/// Where a backup is restored to.
#[derive(Debug, Clone)]
pub struct Into {
    /// Where the databases will be.
    pub stores: Stores,
    /// The bus: `local`, or the address of a NATS server.
    pub bus: String,
    /// How this program is known to that server.
    pub nats: JetStreamOptions,
    /// The keys folder.
    pub keys: PathBuf,
    /// When: civil time.
    pub at: Timestamp,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the backup was found to hold.
    pub checked: Checked,
    /// The trials, each of which comes up held.
    pub trials: Vec<String>,
}

/// Restores a backup.
pub async fn restore(path: &Path, key: &Key, into: &Into) -> anyhow::Result<Restored> {
    let (checked, found) = examine(path, key).await?;
    nothing_there(into).await?;
    files::free(&into.keys, &found)?;
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut reader = Reader::new(Opener::new(key, file)?);
    let manifest = reader.manifest()?;
    ensure!(manifest == checked.manifest, "the file was changed while it was being restored");
    let words =
        format!("restored from the backup taken at {} by version {}", manifest.taken_at, manifest.version);
    let by = By::new(RESTORER, into.at).reason(words);
    let loaded = load_all(&into.stores, &mut reader, &manifest, Options::default(), Some(&by)).await?;
    let Loaded { stores, opened, files: again } = loaded;
    ensure!(again == found, "the file was changed while it was being restored");
    let safety =
        stores.iter().find(|store| store.service() == holdpoint_safety::NAME).context("safety's store")?;
    restoring::write_down(safety, &by, &opened, manifest.taken_at).await?;
    let verified = verify_all(&stores, true).await?;
    ensure!(
        verified.findings.is_empty(),
        "what was restored does not verify; make the databases empty and try again"
    );
    files::write(&into.keys, &found)?;
    for store in &stores {
        store.close().await?;
    }
    let trials: BTreeSet<String> =
        opened.values().flat_map(|chains| chains.keys()).map(ToString::to_string).collect();
    Ok(Restored { checked, trials: trials.into_iter().filter(|chain| chain != "-").collect() })
}

/// The services of a backup, loaded.
pub(super) struct Loaded {
    /// In the order of the rooms.
    pub stores: Vec<Store>,
    /// What each goes on with, where it was restored.
    pub opened: BTreeMap<String, BTreeMap<Chain, Head>>,
    /// The files of the keys folder.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Loads every service of a backup; whoever restores goes on in further incarnations.
pub(super) async fn load_all(
    stores: &Stores,
    reader: &mut Reader<impl Read>,
    manifest: &Manifest,
    options: Options,
    restores: Option<&By>,
) -> anyhow::Result<Loaded> {
    let known: Vec<&str> = manifest.services.keys().map(String::as_str).collect();
    let mut rooms: Vec<_> = ROOMS.iter().collect();
    rooms.sort_by_key(|room| room.name);
    ensure!(
        rooms.iter().map(|room| room.name).eq(known.iter().copied()),
        "the backup is of {}; this program has other services",
        known.join(", ")
    );
    let (mut loaded, mut opened) = (BTreeMap::new(), BTreeMap::new());
    for room in rooms {
        let url = stores.of(room.name)?;
        let store = Store::open_with(url, room.name, (room.tables)(), options.clone()).await?;
        let tables = tables_of(manifest, room.name)?;
        let mut made = Snapshot::connect(url, room.name).await?.context("the database that was just made")?;
        let next = |table: &Table| reader.rows(room.name, &table.name);
        opened.insert(room.name.to_owned(), load(&store, &mut made, &tables, next, restores).await?);
        made.close().await?;
        loaded.insert(room.name, store);
    }
    let files = reader.rest()?;
    Ok(Loaded { stores: ROOMS.iter().filter_map(|room| loaded.remove(room.name)).collect(), opened, files })
}

fn tables_of(manifest: &Manifest, service: &str) -> anyhow::Result<Vec<Table>> {
    let service = manifest.services.get(service).context("the service")?;
    service.tables.iter().map(Table::try_from).collect()
}

/// The stack is empty: no row, no message, nobody connected.
async fn nothing_there(into: &Into) -> anyhow::Result<()> {
    for room in ROOMS {
        let Some(mut there) = Snapshot::connect(into.stores.of(room.name)?, room.name).await? else {
            continue;
        };
        ensure!(
            there.is_empty().await?,
            "the database of {} is not empty; a backup is restored into an empty stack only, so that nothing is lost: give it \
             another --store, or remove what is there yourself",
            room.name
        );
        let connected = there.connected().await?;
        ensure!(
            connected.is_empty(),
            "{} uses the database of {}; stop every service first",
            connected.join(" and "),
            room.name
        );
        there.close().await?;
    }
    if into.bus != "local" {
        let waiting = JetStream::waiting(&into.bus, &into.nats).await?;
        ensure!(
            waiting == 0,
            "the bus at {} holds {waiting} messages of the time that was lost; delete the stream HOLDPOINT or start the server with \
             an empty folder",
            host_of(&into.bus)
        );
    }
    Ok(())
}

/// The address without what may be secret in it.
fn host_of(url: &str) -> String {
    holdpoint_chassis::config::SecretUrl::new(url).to_string()
}
