//! Whether a database keeps what it said it would, is whole, and has the tables that this program knows.

use holdpoint_journal::{Snapshot, Store, differences};
use rustix::fs::statfs;

use crate::doctor::{Found, House};
use crate::host::{ROOMS, Room};

/// Below it PostgreSQL lacks what the services use.
const OLDEST: u64 = 150_000;
/// File systems over a network, by the number that the kernel gives them: NFS, SMB, CIFS.
const NETWORK: [(u64, &str); 3] = [(0x6969, "NFS"), (0xFE53_4D42, "SMB"), (0xFF53_4D42, "CIFS")];

/// Settings of a server without which a commit that was answered may be gone after a power cut.
const DURABLE: [(&str, &str); 3] = [
    ("fsync", "fsync = on"),
    ("full_page_writes", "full_page_writes = on"),
    ("synchronous_commit", "synchronous_commit = on"),
];

pub(super) async fn durable(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let mut told = std::collections::BTreeSet::new();
    for room in ROOMS {
        let Some(mut there) = connect(house, room, found).await? else { continue };
        if there.is_file() {
            if let Some(mode) = there.setting("journal_mode").await?.filter(|mode| mode != "wal") {
                found.problem(
                    format!("the file of {} is in journal mode {mode}, not wal", room.name),
                    "start the service once with this release: it sets the mode, and flushes at every commit",
                );
            }
            on_network(house.stores.of(room.name)?, found);
        } else {
            for (name, mend) in DURABLE {
                let value = there.setting(name).await?.unwrap_or_default();
                let kept = value == "on"
                    || (name == "synchronous_commit" && (value == "remote_apply" || value == "remote_write"));
                if !kept && told.insert(name) {
                    let what = format!(
                        "the PostgreSQL server has {name} = {value}: a commit that was answered can be lost"
                    );
                    found.problem(what, format!("set `{mend}` in postgresql.conf and reload"));
                }
            }
        }
        there.close().await?;
    }
    Ok(())
}

fn on_network(url: &str, found: &mut Found) {
    let folder = url.strip_prefix("sqlite://").unwrap_or(url);
    let kind = statfs(folder).ok().and_then(|disk| u64::try_from(disk.f_type).ok());
    if let Some((_, name)) = NETWORK.iter().find(|(number, _)| Some(*number) == kind) {
        found.problem(
            format!("{folder} is on a network file system ({name}), on which SQLite's locks do not hold"),
            "move the databases to a local disk, or use PostgreSQL",
        );
    }
}

pub(super) async fn whole(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let mut told = std::collections::BTreeSet::new();
    for room in ROOMS {
        let Some(mut there) = Snapshot::connect(house.stores.of(room.name)?, room.name).await? else {
            continue;
        };
        if there.is_file() {
            let said = there.setting("quick_check").await;
            let said = said.unwrap_or_else(|cause| Some(format!("{cause:#}"))).unwrap_or_default();
            if said != "ok" {
                found.problem(
                    format!("the file of {} is damaged: {said}", room.name),
                    "stop the services, keep the file for whoever examines it, and restore the last backup",
                );
            }
        } else {
            let version = there
                .setting("server_version_num")
                .await?
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or_default();
            if version < OLDEST && told.insert("version") {
                let what = format!(
                    "the PostgreSQL server is of release {}; at least 15 is needed",
                    version / 10_000
                );
                found.problem(what, "upgrade the server");
            }
            let checksums = there.setting("data_checksums").await?.unwrap_or_default();
            if checksums != "on" && told.insert("checksums") {
                found.warning(
                    "the PostgreSQL server has no data checksums: a page that the disk changed is not noticed when it is read",
                    "stop the server and run `pg_checksums --enable`, or make new clusters with `initdb --data-checksums`",
                );
            }
        }
        there.close().await?;
    }
    Ok(())
}

/// Compared with tables that this program makes for itself where nobody sees them.
pub(super) async fn tables(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("holdpoint-doctor-").tempdir()?;
    let own = format!("sqlite://{}/", folder.path().display());
    for room in ROOMS {
        let Some(mut there) = connect(house, room, found).await? else { continue };
        Store::open(&own, room.name, (room.tables)()).await?.close().await?;
        let Some(mut made) = Snapshot::connect(&own, room.name).await? else { continue };
        for other in differences(&mut made, &mut there).await? {
            found.problem(
                format!("the database of {}: {other}", room.name),
                "start the release that made these tables, or bring them up to date with the release that is to run",
            );
        }
        made.close().await?;
        there.close().await?;
    }
    Ok(())
}

/// A database that is absent is a finding.
async fn connect(house: &House, room: &Room, found: &mut Found) -> anyhow::Result<Option<Snapshot>> {
    let there = Snapshot::connect(house.stores.of(room.name)?, room.name).await?;
    if there.is_none() {
        let what = format!("there is no database of {}", room.name);
        found.problem(what, "correct the address, start the service once, or restore a backup");
    }
    Ok(there)
}
