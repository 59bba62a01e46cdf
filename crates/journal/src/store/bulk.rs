//! Decides how many aggregates are read and written at once: one statement however many there are. What is sent goes as
//! one JSON array that the database takes apart, so that the statement's text is the same for one and for a thousand.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value as Json, json};

use super::aggregate::{Aggregate, Stored, column, encode, key_texts, must_keep_id, raced, read, taken};
use super::sql;
use crate::error::DbResult as _;

/// The aggregates of these ids, by id. What is not there is left out.
pub(crate) async fn get_all<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    ids: &[String],
) -> Result<BTreeMap<String, Stored<A>>> {
    let found = among::<A, C>(db, "id", ids).await?;
    Ok(found.into_iter().map(|one| (one.value.id(), one)).collect())
}

/// The aggregates whose key column has one of these values, in the order they were first stored.
pub(crate) async fn find_among<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    key: &str,
    values: &[String],
) -> Result<Vec<Stored<A>>> {
    among(db, column::<A>(key)?, values).await
}

async fn among<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    column: &str,
    values: &[String],
) -> Result<Vec<Stored<A>>> {
    if values.is_empty() {
        return Ok(vec![]);
    }
    let wanted = match db.get_database_backend() {
        DbBackend::Postgres => "= ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
        _ => "IN (SELECT value FROM json_each($1))",
    };
    let text =
        format!("SELECT place, version, id, body FROM {} WHERE {column} {wanted} ORDER BY place", A::TABLE);
    let rows = sql::all(db, text, vec![json!(values).to_string().into()]).await.db("finding aggregates")?;
    rows.iter().map(read).collect()
}

/// Stores many for the first time. One taken id or unique key refuses all of them (`JRN-0004`).
pub(crate) async fn insert_all<A: Aggregate, C: ConnectionTrait>(db: &C, values: &[A]) -> Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    let rows = values.iter().map(|value| row(value, None)).collect::<Result<Vec<Json>>>()?;
    let names: String = A::KEYS.iter().map(|key| format!(", {}", key.column())).collect();
    let keys: String = (0..A::KEYS.len()).map(|n| format!(", {}", place(db, n + 3))).collect();
    let text = format!(
        "INSERT INTO {} (id, version, body{names}) SELECT {}, 1, {}{keys} FROM {}",
        A::TABLE,
        place(db, 0),
        place(db, 2),
        given(db)
    );
    sql::run(db, text, vec![Json::Array(rows).to_string().into()]).await.map_err(taken::<A>)?;
    Ok(())
}

/// Changes many as they were read. Somebody else's change of one of them in between is a race for all.
pub(crate) async fn update_all<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    changes: &[(Stored<A>, A)],
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(changes.len());
    for (read, value) in changes {
        must_keep_id(&read.value, value)?;
        rows.push(row(value, Some(read.version))?);
    }
    let selected: String =
        (0..A::KEYS.len() + 3).map(|n| format!("{}{} AS c{n}", comma(n), place(db, n))).collect();
    let set: String =
        A::KEYS.iter().enumerate().map(|(n, key)| format!(", {} = given.c{}", key.column(), n + 3)).collect();
    let version = match db.get_database_backend() {
        DbBackend::Postgres => "given.c1::bigint",
        _ => "given.c1",
    };
    let text = format!(
        "UPDATE {table} SET version = {table}.version + 1, body = given.c2{set} FROM (SELECT {selected} FROM {}) AS given \
         WHERE {table}.id = given.c0 AND {table}.version = {version}",
        given(db),
        table = A::TABLE
    );
    let values = vec![Json::Array(rows).to_string().into()];
    let changed = sql::run(db, text, values).await.map_err(taken::<A>)?;
    if changed.rows_affected() != changes.len() as u64 {
        return Err(raced::<A>());
    }
    Ok(())
}

/// Id, version, body and keys of one aggregate.
fn row<A: Aggregate>(value: &A, version: Option<i64>) -> Result<Json> {
    let mut row = vec![Json::String(value.id()), json!(version), Json::String(encode(value)?)];
    row.extend(key_texts(value)?.into_iter().map(Json::from));
    Ok(Json::Array(row))
}

/// The n-th text of a row.
fn place(db: &impl ConnectionTrait, n: usize) -> String {
    match db.get_database_backend() {
        DbBackend::Postgres => format!("(one->>{n})"),
        _ => format!("json_extract(one.value, '$[{n}]')"),
    }
}

/// The rows that were sent.
fn given(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "json_array_elements($1::json) AS one",
        _ => "json_each($1) AS one",
    }
}

fn comma(n: usize) -> &'static str {
    if n == 0 { "" } else { ", " }
}
