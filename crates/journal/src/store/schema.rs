//! Tells what a database's tables lack of what this program knows, and refuses those of a later program. Tables only ever
//! grow: a later version adds tables and columns, and takes none away that the version before it reads.

use std::collections::BTreeSet;

use holdpoint_chassis::error::{Error, OrFault as _, Result};

use super::migrations::{SCHEMA, later_key, own_tables, stored_version, too_recent};
use super::{Key, PROGRAM, Store, TableSpec, sql};
use crate::error::DbResult as _;

/// What is not there yet, in words. An error where something is there that a later version made.
pub(super) async fn missing(store: &Store, tables: &[TableSpec]) -> Result<Vec<String>> {
    if !is_begun(store).await? {
        return Ok(vec!["every table".to_owned()]);
    }
    let mut missing = Vec::new();
    match stored_version(store.reader(), "journal").await? {
        Some((version, _)) if version > SCHEMA => return Err(too_recent("journal", version, SCHEMA)),
        Some((SCHEMA, _)) => {}
        _ => missing.push(format!("version {SCHEMA} of the journal's tables")),
    }
    for table in own_tables().iter().chain(tables) {
        let Some((_, stored)) = stored_version(store.reader(), table.name).await? else {
            missing.push(format!("table {}", table.name));
            continue;
        };
        let stored: BTreeSet<&str> = stored.split(',').filter(|name| !name.is_empty()).collect();
        let wanted: BTreeSet<&str> = table.keys.iter().map(Key::column).collect();
        if let Some(unknown) = stored.difference(&wanted).next() {
            return Err(later_key(table.name, unknown));
        }
        missing.extend(wanted.difference(&stored).map(|key| format!("column {key} of {}", table.name)));
    }
    Ok(missing)
}

/// A service that may not make its tables does not start without them.
pub(super) fn must_be_there(service: &str, missing: &[String]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::fault(anyhow::anyhow!(
        "the database of {service} lacks {}: run `holdpoint migrate` once, then start again",
        missing.join(", ")
    )))
}

/// No service of an earlier version may be connected while its tables change. SQLite has one process, which is this one.
pub(super) async fn must_rest(store: &Store) -> Result<()> {
    if store.is_sqlite() {
        return Ok(());
    }
    let text = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                AND application_name = $1";
    let name = format!("{PROGRAM} {}", store.service());
    let row = sql::one(store.reader(), text, vec![name.into()]).await.db("looking who is connected")?;
    let others: i64 = match row {
        Some(row) => row.try_get_by_index(0).or_fault("reading who is connected")?,
        None => 0,
    };
    if others == 0 {
        return Ok(());
    }
    Err(Error::fault(anyhow::anyhow!(
        "{others} connections of {} are open to the database whose tables are to change: stop the services first \
         (docker compose stop), then migrate",
        store.service()
    )))
}

async fn is_begun(store: &Store) -> Result<bool> {
    let text = if store.is_sqlite() {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'journal_schema'"
    } else {
        "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'journal_schema'"
    };
    let found = sql::one(store.reader(), text, vec![]).await.db("looking for the tables")?;
    Ok(found.is_some())
}
