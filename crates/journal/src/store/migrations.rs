//! Decides what tables a service's database has: the journal's own, and one of a single small shape for each
//! aggregate. Runs under a lock; a schema written by a later version is refused rather than guessed at.

use std::collections::BTreeSet;

use holdpoint_chassis::error::{Error, OrFault as _, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{Key, Store, TableSpec, sql};
use crate::error::DbResult as _;
use crate::rollback::Rollback;

/// Version of the journal's own tables.
pub(super) const SCHEMA: i64 = 2;
/// Any number that no other program locks: "hold" in ASCII.
const LOCK: i64 = 0x686f_6c64;

/// The journal's own tables. `{bytes}` and `{serial}` are written as each database names them.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS journal_schema (name TEXT PRIMARY KEY, version BIGINT NOT NULL, keys TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS journal_head (chain TEXT PRIMARY KEY, incarnation BIGINT NOT NULL, \
     number BIGINT NOT NULL, hash {bytes} NOT NULL)",
    "CREATE TABLE IF NOT EXISTS journal_row (chain TEXT NOT NULL, number BIGINT NOT NULL, incarnation BIGINT NOT NULL, \
     at_us BIGINT NOT NULL, kind TEXT NOT NULL, critical BOOLEAN NOT NULL, previous {bytes} NOT NULL, \
     hash {bytes} NOT NULL, private_hash {bytes} NOT NULL, public {bytes} NOT NULL, PRIMARY KEY (chain, number))",
    "CREATE TABLE IF NOT EXISTS journal_private (chain TEXT NOT NULL, number BIGINT NOT NULL, salt {bytes} NOT NULL, \
     body {bytes}, PRIMARY KEY (chain, number))",
    "CREATE TABLE IF NOT EXISTS journal_answer (principal TEXT NOT NULL, request TEXT NOT NULL, rpc TEXT NOT NULL, \
     body_hash {bytes} NOT NULL, answer {bytes} NOT NULL, PRIMARY KEY (principal, request))",
    "CREATE TABLE IF NOT EXISTS journal_relay (chain TEXT PRIMARY KEY, owner TEXT NOT NULL, beat BIGINT NOT NULL, \
     number BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS journal_cursor (source TEXT NOT NULL, chain TEXT NOT NULL, incarnation BIGINT NOT NULL, \
     number BIGINT NOT NULL, hash {bytes} NOT NULL, PRIMARY KEY (source, chain))",
    "CREATE TABLE IF NOT EXISTS journal_seen (source TEXT NOT NULL, chain TEXT NOT NULL, incarnation BIGINT NOT NULL, \
     first BIGINT NOT NULL, hashes {bytes} NOT NULL, PRIMARY KEY (source, chain, incarnation, first))",
    "CREATE TABLE IF NOT EXISTS journal_lost (source TEXT NOT NULL, chain TEXT NOT NULL, opened BIGINT NOT NULL, \
     opened_number BIGINT NOT NULL, opened_hash {bytes} NOT NULL, incarnation BIGINT NOT NULL, first BIGINT NOT NULL, \
     hashes {bytes} NOT NULL, PRIMARY KEY (source, chain, opened, opened_number, opened_hash, incarnation, first))",
    "CREATE TABLE IF NOT EXISTS journal_parked (source TEXT NOT NULL, chain TEXT NOT NULL, incarnation BIGINT NOT NULL, \
     number BIGINT NOT NULL, hash {bytes} NOT NULL, kind TEXT NOT NULL, critical BOOLEAN NOT NULL, why TEXT NOT NULL, \
     at_us BIGINT NOT NULL, PRIMARY KEY (source, chain))",
];

pub(super) async fn run(store: &Store, tables: &[TableSpec]) -> Result<()> {
    let own = own_tables();
    let txn = store.transaction().await?;
    if !store.is_sqlite() {
        txn.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            .await
            .db("lifting time-outs for the migration")?;
        let lock = vec![LOCK.into()];
        sql::one(&txn, "SELECT pg_advisory_xact_lock($1)", lock).await.db("locking the migration")?;
    }
    for text in TABLES {
        txn.execute_unprepared(&dialect(store, text)).await.db("making the journal's tables")?;
    }
    let known = stored_version(&txn, "journal").await?;
    match known {
        Some((version, _)) if version > SCHEMA => return Err(too_recent("journal", version, SCHEMA)),
        Some((SCHEMA, _)) => {}
        Some(_) | None => remember(&txn, "journal", SCHEMA, "").await?,
    }
    for table in own.iter().chain(tables) {
        aggregate_table(store, &txn, table).await?;
    }
    txn.commit().await.db("committing the migration")
}

/// Aggregates that the journal itself keeps.
pub(super) fn own_tables() -> [TableSpec; 1] {
    [TableSpec::of::<Rollback>()]
}

async fn aggregate_table(store: &Store, txn: &DatabaseTransaction, table: &TableSpec) -> Result<()> {
    let wanted: BTreeSet<&str> = table.keys.iter().map(Key::column).collect();
    let columns: String = table.keys.iter().map(|key| format!(", {} TEXT", key.column())).collect();
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {} (place {{serial}}, id TEXT NOT NULL UNIQUE, version BIGINT NOT NULL, \
         body TEXT NOT NULL{columns})",
        table.name
    );
    txn.execute_unprepared(&dialect(store, &create)).await.db("making an aggregate's table")?;
    if let Some((_, stored)) = stored_version(txn, table.name).await? {
        let stored: BTreeSet<&str> = stored.split(',').filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = stored.difference(&wanted).next() {
            return Err(later_key(table.name, unknown));
        }
        add_keys(txn, table, wanted.difference(&stored).copied().collect()).await?;
    }
    for key in table.keys.iter().filter(|key| key.is_indexed()) {
        let unique = if key.is_unique() { "UNIQUE " } else { "" };
        let (name, column) = (table.name, key.column());
        let index =
            format!("CREATE {unique}INDEX IF NOT EXISTS \"idx-{name}-{column}\" ON {name} ({column})");
        txn.execute_unprepared(&index).await.db("making an aggregate's index")?;
    }
    let keys: Vec<&str> = wanted.into_iter().collect();
    remember(txn, table.name, 1, &keys.join(",")).await
}

/// Adds key columns that a later version names, and fills them from the stored aggregates.
async fn add_keys(txn: &DatabaseTransaction, table: &TableSpec, added: Vec<&str>) -> Result<()> {
    for column in &added {
        let text = format!("ALTER TABLE {} ADD COLUMN {column} TEXT", table.name);
        txn.execute_unprepared(&text).await.db("adding a key column")?;
    }
    if added.is_empty() {
        return Ok(());
    }
    let stored = sql::all(txn, format!("SELECT id, body FROM {}", table.name), vec![])
        .await
        .db("reading aggregates for a key column")?;
    for row in stored {
        let id: String = row.try_get_by_index(0).db("reading an aggregate's id")?;
        let body: String = row.try_get_by_index(1).db("reading an aggregate")?;
        for (key, value) in table.keys.iter().zip((table.keys_of)(&body, &id)?) {
            let text = format!("UPDATE {} SET {} = $1 WHERE id = $2", table.name, key.column());
            sql::run(txn, text, vec![value.into(), id.clone().into()]).await.db("filling a key column")?;
        }
    }
    Ok(())
}

pub(super) async fn stored_version(txn: &impl ConnectionTrait, name: &str) -> Result<Option<(i64, String)>> {
    let text = "SELECT version, keys FROM journal_schema WHERE name = $1";
    let Some(row) = sql::one(txn, text, vec![name.into()]).await.db("reading the schema's version")? else {
        return Ok(None);
    };
    let version = row.try_get_by_index(0).or_fault("reading a schema version")?;
    Ok(Some((version, row.try_get_by_index(1).or_fault("reading a schema's keys")?)))
}

async fn remember(txn: &DatabaseTransaction, name: &str, version: i64, keys: &str) -> Result<()> {
    let text = "INSERT INTO journal_schema (name, version, keys) VALUES ($1, $2, $3) \
                ON CONFLICT (name) DO UPDATE SET version = excluded.version, keys = excluded.keys";
    sql::run(txn, text, vec![name.into(), version.into(), keys.into()])
        .await
        .db("noting the schema's version")
        .map(drop)
}

fn dialect(store: &Store, text: &str) -> String {
    let (bytes, serial) = if store.is_sqlite() {
        ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT")
    } else {
        ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    };
    text.replace("{bytes}", bytes).replace("{serial}", serial)
}

/// A key column that this program does not know.
pub(super) fn later_key(table: &str, key: &str) -> Error {
    Error::fault(anyhow::anyhow!(
        "table {table} has a key {key} of a later version: start the program that wrote it, or restore a copy from before"
    ))
}

pub(super) fn too_recent(name: &str, found: i64, known: i64) -> Error {
    Error::fault(anyhow::anyhow!(
        "the database's {name} schema is version {found}; this program knows {known}: start the program that wrote it, \
         or restore a copy from before"
    ))
}
