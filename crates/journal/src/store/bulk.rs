//! Decides how many aggregates are read at once: one statement however many there are. What is asked for goes as one JSON
//! array that the database takes apart, so that the statement's text is the same for one and for a thousand.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;

use super::aggregate::{Aggregate, Stored, column, read};
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
    let wanted = wanted(db.get_database_backend(), 1);
    let text =
        format!("SELECT place, version, id, body FROM {} WHERE {column} {wanted} ORDER BY place", A::TABLE);
    let rows = sql::all(db, text, vec![json!(values).to_string().into()]).await.db("finding aggregates")?;
    rows.iter().map(read).collect()
}

/// The condition that a column has one of the values of the JSON array at the n-th place.
pub(super) fn wanted(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("= ANY (ARRAY(SELECT json_array_elements_text(${n}::json)))"),
        _ => format!("IN (SELECT value FROM json_each(${n}))"),
    }
}
