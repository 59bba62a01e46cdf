//! Decides how the rows of a copy enter a database that holds nothing: all of one service in one transaction, with the numbers that
//! its sequences gave last. Tables must be those that this program makes: a copy of another schema is refused, not bent.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, Value};

use super::{Cell, Kind, RELAY, SCHEMA, Snapshot, Table};
use crate::by::By;
use crate::chain::{Chain, Head};
use crate::store::{Store, sql};

/// Values in one statement: far below either database's limit (32,766 on SQLite).
const VALUES: usize = 8_000;

/// Loads tables into a store whose tables were just made. `next` answers the rows of one table after another in portions, and
/// none at the end of each. What the tables must be is read off `made`, a snapshot of the same store. Whoever restores goes on in the
/// same commit, in a further incarnation of every chain ([`Store::restored`]): no crash leaves a copy that looks as if nothing had
/// been lost. Answers what was opened.
pub async fn load<N>(
    store: &Store,
    made: &mut Snapshot,
    tables: &[Table],
    mut next: N,
    restores: Option<&By>,
) -> anyhow::Result<BTreeMap<Chain, Head>>
where
    N: FnMut(&Table) -> anyhow::Result<Option<Vec<Vec<Cell>>>>,
{
    fits(store.service(), &made.tables().await?, tables)?;
    let schema = schema_of(made).await?;
    let nobody = By::new(store.service(), jiff::Timestamp::UNIX_EPOCH);
    let mut tx = store.begin(restores.unwrap_or(&nobody)).await?;
    let txn = tx.connection();
    for table in tables {
        while let Some(rows) = next(table)? {
            check(table, &rows)?;
            match table.name.as_str() {
                SCHEMA => same_schema(store.service(), table, &rows, &schema)?,
                RELAY => insert(txn, table, &free(table, rows)).await?,
                _ => insert(txn, table, &rows).await?,
            }
        }
        if let Some(last) = table.counted.filter(|last| *last > 0) {
            count_on(txn, store.is_sqlite(), table, last).await?;
        }
    }
    let opened = if restores.is_some() { tx.restored().await? } else { BTreeMap::new() };
    tx.commit().await.map_err(anyhow::Error::from).context("committing what was loaded")?;
    Ok(opened)
}

/// What tables a database lacks of those that this program made, what it has beyond them, and where their versions differ, in words.
pub async fn differences(made: &mut Snapshot, there: &mut Snapshot) -> anyhow::Result<Vec<String>> {
    let (ours, theirs) = (shape(&made.tables().await?), shape(&there.tables().await?));
    let lacks = ours
        .difference(&theirs)
        .map(|(table, column, _)| format!("{table}.{column} is missing or of another kind"));
    let beyond = theirs
        .difference(&ours)
        .map(|(table, column, _)| format!("{table}.{column} is not known to this release"));
    let mut all: Vec<String> = lacks.chain(beyond).collect();
    if all.is_empty() {
        let known = schema_of(made).await?;
        let other = schema_of(there).await?.into_iter().filter(|line| !known.contains(line));
        all.extend(other.map(|[name, version, _]| format!("its tables of {name} are of version {version}")));
    }
    Ok(all)
}

/// Tables with their columns, in whatever order.
fn shape(tables: &[Table]) -> BTreeSet<(String, String, &'static str)> {
    let columns = tables.iter().flat_map(|table| {
        table.columns.iter().map(|(name, kind)| (table.name.clone(), name.clone(), kind.letter()))
    });
    columns.collect()
}

fn fits(service: &str, made: &[Table], loaded: &[Table]) -> anyhow::Result<()> {
    let (made, loaded) = (shape(made), shape(loaded));
    let other = made.symmetric_difference(&loaded).next();
    ensure!(
        other.is_none(),
        "the copy of {service} was made by another version of the program: they differ in {}; restore it with the version that \
         its manifest names, then start the newer one",
        other.map(|(table, column, _)| format!("{table}.{column}")).unwrap_or_default()
    );
    Ok(())
}

async fn schema_of(made: &mut Snapshot) -> anyhow::Result<BTreeSet<[String; 3]>> {
    let text = "SELECT name, CAST(version AS TEXT), keys FROM journal_schema";
    Ok(made.texts::<3>(text).await?.into_iter().collect())
}

fn same_schema(
    service: &str,
    table: &Table,
    rows: &[Vec<Cell>],
    known: &BTreeSet<[String; 3]>,
) -> anyhow::Result<()> {
    for row in rows {
        let text = |name: &str| match cell(table, row, name) {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Int(number)) => number.to_string(),
            _ => String::new(),
        };
        let of_copy = [text("name"), text("version"), text("keys")];
        ensure!(
            known.contains(&of_copy),
            "the copy of {service} has the schema {} of {}, which is not this program's; restore it with the version that its \
             manifest names",
            of_copy[1],
            of_copy[0]
        );
    }
    Ok(())
}

fn cell<'a>(table: &Table, row: &'a [Cell], name: &str) -> Option<&'a Cell> {
    row.get(table.columns.iter().position(|(column, _)| column == name)?)
}

/// The processes that held the leases are gone.
fn free(table: &Table, mut rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let owner = table.columns.iter().position(|(column, _)| column == "owner");
    for row in &mut rows {
        if let Some(cell) = owner.and_then(|at| row.get_mut(at)) {
            *cell = Cell::Text(String::new());
        }
    }
    rows
}

fn check(table: &Table, rows: &[Vec<Cell>]) -> anyhow::Result<()> {
    for row in rows {
        let fits = row.len() == table.columns.len()
            && row.iter().zip(&table.columns).all(|(cell, (_, kind))| kind.takes(cell));
        ensure!(fits, "a row of {} does not fit its columns", table.name);
    }
    Ok(())
}

async fn insert(txn: &DatabaseTransaction, table: &Table, rows: &[Vec<Cell>]) -> anyhow::Result<()> {
    let columns = table.columns.len().max(1);
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    // On PostgreSQL a column that counts by itself takes a value only so.
    let over = match (txn.get_database_backend(), table.counted) {
        (sea_orm::DbBackend::Postgres, Some(_)) => " OVERRIDING SYSTEM VALUE",
        _ => "",
    };
    for chunk in rows.chunks((VALUES / columns).max(1)) {
        let places = sql::places(chunk.len(), columns, 1);
        let text = format!("INSERT INTO {} ({}){over} VALUES {places}", table.name, names.join(", "));
        let values = chunk
            .iter()
            .flat_map(|row| row.iter().zip(&table.columns))
            .map(|(cell, (_, kind))| value(cell, *kind));
        sql::run(txn, text, values.collect()).await.with_context(|| format!("loading {}", table.name))?;
    }
    Ok(())
}

fn value(cell: &Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Int(number), _) => (*number).into(),
        (Cell::Bool(yes), _) => (*yes).into(),
        (Cell::Text(text), _) => text.as_str().into(),
        (Cell::Bytes(bytes), _) => bytes.clone().into(),
        (Cell::Null, Kind::Int) => Option::<i64>::None.into(),
        (Cell::Null, Kind::Bool) => Option::<bool>::None.into(),
        (Cell::Null, Kind::Text) => Option::<String>::None.into(),
        (Cell::Null, Kind::Bytes) => Option::<Vec<u8>>::None.into(),
    }
}

/// The next number is above every one that was ever given.
async fn count_on(txn: &DatabaseTransaction, sqlite: bool, table: &Table, last: i64) -> anyhow::Result<()> {
    let name = &table.name;
    let doing = || format!("counting on in {name}");
    if !sqlite {
        let text = format!("ALTER TABLE {name} ALTER COLUMN place RESTART WITH {}", last.saturating_add(1));
        return txn.execute_unprepared(&text).await.map(drop).with_context(doing);
    }
    // The file has a line for the table as soon as one row was stored.
    let text = format!("DELETE FROM sqlite_sequence WHERE name = '{name}'");
    txn.execute_unprepared(&text).await.with_context(doing)?;
    let text = format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {last})");
    txn.execute_unprepared(&text).await.map(drop).with_context(doing)
}
