//! Decides how an aggregate is stored: its JSON, a version against lost updates, and the key columns it names. One
//! small table shape for all services. A stored value that does not parse is a fault that names its place.

use holdpoint_chassis::error::{Error, Result};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use serde::{Serialize, de::DeserializeOwned};

use super::sql;
use crate::error::{DbResult as _, RACE, StoredDataInconsistent, TAKEN, classify, is_taken};

/// Something a service stores and changes as a whole.
pub trait Aggregate: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Name of its table: `infusion`.
    const TABLE: &'static str;
    /// The columns it can be found by.
    const KEYS: &'static [Key];
    /// Its id, unique in the table.
    fn id(&self) -> String;
    /// Values of the key columns, in the order of [`Self::KEYS`]. Absent ones never collide.
    fn keys(&self) -> Vec<Option<String>>;
}

/// A column that an aggregate can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    column: &'static str,
    unique: bool,
    summed: bool,
}

impl Key {
    /// Many aggregates may share a value.
    pub const fn index(column: &'static str) -> Self {
        Self { column, unique: false, summed: false }
    }

    /// No two aggregates may share a value.
    pub const fn unique(column: &'static str) -> Self {
        Self { column, unique: true, summed: false }
    }

    /// A whole number, summed over many by [`Questions::sums`](super::Questions::sums). Nothing is found by it.
    pub const fn number(column: &'static str) -> Self {
        Self { column, unique: false, summed: true }
    }

    pub(crate) fn column(&self) -> &'static str {
        self.column
    }

    pub(crate) fn is_unique(self) -> bool {
        self.unique
    }

    pub(crate) fn is_indexed(self) -> bool {
        !self.summed
    }
}

/// The table of one kind of aggregate.
#[derive(Clone, Copy)]
pub struct TableSpec {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) keys_of: fn(&str, &str) -> Result<Vec<Option<String>>>,
}

impl TableSpec {
    /// The table of `A`.
    pub fn of<A: Aggregate>() -> Self {
        Self { name: A::TABLE, keys: A::KEYS, keys_of: |body, id| Ok(parse::<A>(body, id)?.keys()) }
    }
}

/// An aggregate as it was read, with what an update needs to notice a race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<A> {
    /// The aggregate.
    pub value: A,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Its place in the order of first storing: the `after` of the next page. The greatest number while it is gathered.
    pub order: i64,
}

impl<A> std::ops::Deref for Stored<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.value
    }
}

pub(crate) async fn get<A: Aggregate, C: ConnectionTrait>(db: &C, id: &str) -> Result<Option<Stored<A>>> {
    let text = format!("SELECT place, version, id, body FROM {} WHERE id = $1", A::TABLE);
    let row = sql::one(db, text, vec![id.into()]).await.db("reading an aggregate")?;
    row.map(|row| read(&row)).transpose()
}

pub(crate) async fn find<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    keys: &[(&str, &str)],
) -> Result<Vec<Stored<A>>> {
    let (filter, values) = filter::<A>(keys, 1)?;
    let text = format!("SELECT place, version, id, body FROM {}{filter} ORDER BY place", A::TABLE);
    let rows = sql::all(db, text, values).await.db("finding aggregates")?;
    rows.iter().map(read).collect()
}

/// Ids and versions of what is found, in the order of first storing.
pub(crate) async fn versions<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    keys: &[(&str, &str)],
) -> Result<Vec<(String, i64)>> {
    let (filter, values) = filter::<A>(keys, 1)?;
    let text = format!("SELECT id, version FROM {}{filter} ORDER BY place", A::TABLE);
    let rows = sql::all(db, text, values).await.db("finding versions")?;
    let read = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(|row| read(row).db("reading an aggregate's version")).collect()
}

/// A span of values, both ends inside, in the database's order of texts: values of one length and shape only.
pub(crate) async fn find_between<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    key: &str,
    (least, most): (&str, &str),
) -> Result<Vec<Stored<A>>> {
    let column = column::<A>(key)?;
    let text = format!(
        "SELECT place, version, id, body FROM {} WHERE {column} >= $1 AND {column} <= $2 ORDER BY place",
        A::TABLE
    );
    let rows =
        sql::all(db, text, vec![least.into(), most.into()]).await.db("finding a span of aggregates")?;
    rows.iter().map(read).collect()
}

/// The one of such a span whose value is the greatest.
pub(crate) async fn greatest<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    key: &str,
    (least, most): (&str, &str),
) -> Result<Option<Stored<A>>> {
    let column = column::<A>(key)?;
    let text = format!(
        "SELECT place, version, id, body FROM {} WHERE {column} >= $1 AND {column} <= $2 ORDER BY {column} DESC LIMIT 1",
        A::TABLE
    );
    let row =
        sql::one(db, text, vec![least.into(), most.into()]).await.db("finding the greatest of a span")?;
    row.map(|row| read(&row)).transpose()
}

pub(super) async fn page<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    keys: &[(&str, &str)],
    after: i64,
    size: u32,
) -> Result<Vec<Stored<A>>> {
    let (filter, mut values) = filter::<A>(keys, 1)?;
    let word = if filter.is_empty() { " WHERE" } else { " AND" };
    let place = values.len() + 1;
    values.push(after.into());
    let text = format!(
        "SELECT place, version, id, body FROM {}{filter}{word} place > ${place} ORDER BY place LIMIT {size}",
        A::TABLE
    );
    let rows = sql::all(db, text, values).await.db("finding a page of aggregates")?;
    rows.iter().map(read).collect()
}

pub(crate) async fn count<A: Aggregate, C: ConnectionTrait>(db: &C, keys: &[(&str, &str)]) -> Result<u64> {
    let (filter, values) = filter::<A>(keys, 1)?;
    let text = format!("SELECT COUNT(*) FROM {}{filter}", A::TABLE);
    let row = sql::one(db, text, values).await.db("counting aggregates")?;
    let count: i64 = match row {
        Some(row) => row.try_get_by_index(0).db("counting aggregates")?,
        None => 0,
    };
    Ok(sql::unsigned(count))
}

pub(crate) async fn insert<A: Aggregate, C: ConnectionTrait>(db: &C, value: &A) -> Result<Stored<A>> {
    let columns: String = A::KEYS.iter().map(|key| format!(", {}", key.column)).collect();
    let text = format!(
        "INSERT INTO {} (id, version, body{columns}) VALUES {} RETURNING place",
        A::TABLE,
        sql::places(1, 3 + A::KEYS.len(), 1)
    );
    let mut values: Vec<Value> = vec![value.id().into(), 1_i64.into(), encode(value)?.into()];
    values.extend(key_values(value)?);
    match sql::one(db, text, values).await {
        Ok(Some(row)) => {
            Ok(Stored { value: value.clone(), version: 1, order: row.try_get_by_index(0).db("storing")? })
        }
        Ok(None) => Err(Error::fault(anyhow::anyhow!("the database did not say where it stored a row"))),
        Err(cause) => Err(taken::<A>(cause)),
    }
}

/// Changes an aggregate as it was read. Somebody else's change in between is a version race: judge again.
pub(crate) async fn update<A: Aggregate, C: ConnectionTrait>(
    db: &C,
    read: &Stored<A>,
    value: A,
) -> Result<Stored<A>> {
    let columns: String =
        A::KEYS.iter().enumerate().map(|(n, key)| format!(", {} = ${}", key.column, n + 4)).collect();
    let text = format!(
        "UPDATE {} SET version = version + 1, body = $3{columns} WHERE id = $1 AND version = $2",
        A::TABLE
    );
    must_keep_id(&read.value, &value)?;
    let mut values: Vec<Value> = vec![value.id().into(), read.version.into(), encode(&value)?.into()];
    values.extend(key_values(&value)?);
    let changed = sql::run(db, text, values).await.map_err(taken::<A>)?;
    if changed.rows_affected() == 0 {
        return Err(raced::<A>());
    }
    Ok(Stored { value, version: read.version + 1, order: read.order })
}

/// Refuses a change that would turn one aggregate into another.
pub(super) fn must_keep_id<A: Aggregate>(read: &A, value: &A) -> Result<()> {
    if value.id() == read.id() {
        return Ok(());
    }
    Err(Error::fault(anyhow::anyhow!("an update of table {} would change an id", A::TABLE)))
}

pub(super) fn raced<A: Aggregate>() -> Error {
    RACE.refuse(format!("this {} was changed meanwhile; judge again", A::TABLE)).into()
}

pub(super) fn read<A: Aggregate>(row: &QueryResult) -> Result<Stored<A>> {
    let id: String = row.try_get_by_index(2).db("reading an aggregate's id")?;
    let body: String = row.try_get_by_index(3).db("reading an aggregate's body")?;
    let order = row.try_get_by_index(0).db("reading an aggregate's place")?;
    let version = row.try_get_by_index(1).db("reading an aggregate's version")?;
    of_parts(&body, &id, version, order)
}

/// An aggregate from the columns of its row.
pub(super) fn of_parts<A: Aggregate>(body: &str, id: &str, version: i64, order: i64) -> Result<Stored<A>> {
    Ok(Stored { value: parse(body, id)?, version, order })
}

fn parse<A: Aggregate>(body: &str, id: &str) -> Result<A> {
    serde_json::from_str(body).map_err(|cause| StoredDataInconsistent::fault(A::TABLE, "body", id, cause))
}

pub(super) fn encode<A: Aggregate>(value: &A) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|cause| StoredDataInconsistent::fault(A::TABLE, "body", value.id(), cause))
}

fn key_values<A: Aggregate>(value: &A) -> Result<Vec<Value>> {
    Ok(key_texts(value)?.into_iter().map(Value::from).collect())
}

pub(super) fn key_texts<A: Aggregate>(value: &A) -> Result<Vec<Option<String>>> {
    let keys = value.keys();
    if keys.len() != A::KEYS.len() {
        let message =
            format!("table {} names {} keys, its values are {}", A::TABLE, A::KEYS.len(), keys.len());
        return Err(Error::fault(anyhow::anyhow!(message)));
    }
    Ok(keys)
}

/// A key column of `A`, where it has one of this name.
pub(super) fn column<A: Aggregate>(name: &str) -> Result<&'static str> {
    let found = A::KEYS.iter().find(|key| key.column == name);
    found
        .map(Key::column)
        .ok_or_else(|| Error::fault(anyhow::anyhow!("table {} has no key {name}", A::TABLE)))
}

/// The condition that key columns have these values, with places counted on from `from`.
pub(super) fn filter<A: Aggregate>(keys: &[(&str, &str)], from: usize) -> Result<(String, Vec<Value>)> {
    let mut text = String::new();
    for (n, (name, _)) in keys.iter().enumerate() {
        let column = column::<A>(name)?;
        let word = if n == 0 { " WHERE" } else { " AND" };
        text.push_str(&format!("{word} {column} = ${}", n + from));
    }
    Ok((text, keys.iter().map(|(_, value)| Value::from(*value)).collect()))
}

pub(super) fn taken<A: Aggregate>(cause: DbErr) -> Error {
    if is_taken(&cause) { taken_in(A::TABLE) } else { classify(cause, "storing an aggregate") }
}

/// The same where several tables were written in one statement.
pub(super) fn storing(cause: DbErr) -> Error {
    if is_taken(&cause) { taken_in("record") } else { classify(cause, "storing aggregates") }
}

pub(super) fn taken_in(table: &str) -> Error {
    TAKEN.refuse(format!("a {table} with this id or key exists already")).into()
}
