//! Decides how aggregates are written: many rows of many tables in one round trip. What is sent goes as one JSON array a table
//! that the database takes apart, so that a statement's text is the same for one row and for a thousand.

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, Value};
use serde_json::{Value as Json, json};

use super::aggregate::{Aggregate, Key, Stored, encode, key_texts, must_keep_id, storing, taken_in};
use super::{answers, sql};
use crate::by::Request;
use crate::error::{DbResult as _, RACE, is_taken};

/// What is to be written to one table.
pub(super) struct Writes {
    pub table: &'static str,
    pub keys: &'static [Key],
    pub new: Vec<Row>,
    pub changed: Vec<Row>,
}

/// One aggregate as it is sent.
pub(super) struct Row {
    pub id: String,
    /// The version that was read; none of what is new.
    read: Option<i64>,
    pub version: i64,
    body: String,
    keys: Vec<Option<String>>,
}

impl Row {
    /// Something that is stored for the first time.
    pub(super) fn new<A: Aggregate>(value: &A) -> Result<Self> {
        let (body, keys) = (encode(value)?, key_texts(value)?);
        Ok(Self { id: value.id(), read: None, version: 1, body, keys })
    }

    /// Something that is changed as it was read. Its id stays.
    pub(super) fn changed<A: Aggregate>(read: &Stored<A>, value: &A) -> Result<Self> {
        must_keep_id(&read.value, value)?;
        Ok(Self { read: Some(read.version), version: read.version + 1, ..Self::new(value)? })
    }

    /// The same row as it is after a further change. What was read of it stays what was read.
    pub(super) fn again(&mut self, next: Self) {
        *self = Self { read: self.read, ..next };
    }

    /// Id, version that was read, version, body, keys.
    fn json(&self) -> Json {
        let mut row = vec![json!(self.id), json!(self.read), json!(self.version), json!(self.body)];
        row.extend(self.keys.iter().map(|key| json!(key)));
        Json::Array(row)
    }
}

/// The first key column's place in a row.
const KEYS: usize = 4;

/// What is written together, with the answer that is kept of it.
#[derive(Default)]
pub(crate) struct ToWrite {
    writes: Vec<Writes>,
    answer: Option<Vec<Value>>,
}

impl ToWrite {
    pub(super) fn of(writes: Vec<Writes>) -> Self {
        Self { writes, answer: None }
    }

    /// Many of one kind, stored for the first time. One taken id or unique key refuses all of them (`JRN-0004`).
    pub(crate) fn new<A: Aggregate>(values: &[A]) -> Result<Self> {
        let new = values.iter().map(Row::new).collect::<Result<_>>()?;
        Ok(Self::of(vec![Writes { new, ..Writes::of::<A>() }]))
    }

    /// Many of one kind, changed as they were read. Somebody else's change of one of them in between is a race for all.
    pub(crate) fn changed<A: Aggregate>(changes: &[(Stored<A>, A)]) -> Result<Self> {
        let changed = changes.iter().map(|(read, value)| Row::changed(read, value)).collect::<Result<_>>()?;
        Ok(Self::of(vec![Writes { changed, ..Writes::of::<A>() }]))
    }

    /// Keeps the answer of a success with it.
    pub(crate) fn answer(&mut self, principal: &str, request: &Request, answer: &[u8]) {
        self.answer = Some(answers::values(principal, request, answer));
    }

    /// Sends it: on PostgreSQL in one statement, whatever the tables.
    pub(crate) async fn send(self, txn: &DatabaseTransaction) -> Result<()> {
        let parts: Vec<Part> = self.writes.iter().flat_map(Writes::parts).collect();
        match (parts.is_empty(), &self.answer) {
            (true, None) => Ok(()),
            (true, Some(answer)) => answers::keep(txn, answer.clone()).await,
            _ if txn.get_database_backend() == DbBackend::Postgres => {
                together(txn, &parts, self.answer.as_deref().unwrap_or_default()).await
            }
            _ => {
                for part in &parts {
                    let done = sql::run(txn, part.text(false, 1), vec![part.given()]).await;
                    part.must_have_written(done.map_err(|cause| refused(cause, &parts))?.rows_affected())?;
                }
                match &self.answer {
                    Some(answer) => answers::keep(txn, answer.clone()).await,
                    None => Ok(()),
                }
            }
        }
    }
}

/// Writes all parts, and the answer where there is one, in one statement of PostgreSQL, which counts what each has written.
async fn together(txn: &DatabaseTransaction, parts: &[Part<'_>], answer: &[Value]) -> Result<()> {
    let mut values: Vec<Value> = parts.iter().map(Part::given).collect();
    let mut steps: Vec<String> = parts.iter().enumerate().map(|(n, part)| part.text(true, n + 1)).collect();
    if !answer.is_empty() {
        steps.push(answers::keeping(values.len() + 1));
        values.extend(answer.iter().cloned());
    }
    let counts: Vec<String> = (0..steps.len()).map(|n| format!("(SELECT COUNT(*) FROM w{n})")).collect();
    let steps: Vec<String> =
        steps.iter().enumerate().map(|(n, step)| format!("w{n} AS ({step} RETURNING 1)")).collect();
    let text = format!("WITH {} SELECT {}", steps.join(", "), counts.join(", "));
    let written = sql::all(txn, text, values).await.map_err(|cause| refused(cause, parts))?;
    let count = |n: usize| -> Result<u64> {
        let count: Option<i64> =
            written.first().map(|row| row.try_get_by_index(n)).transpose().db("counting what was written")?;
        Ok(sql::unsigned(count.unwrap_or_default()))
    };
    for (n, part) in parts.iter().enumerate() {
        part.must_have_written(count(n)?)?;
    }
    if !answer.is_empty() {
        answers::must_be_kept(count(parts.len())?)?;
    }
    Ok(())
}

/// A taken id or key is told with its table where it can only be of one.
fn refused(cause: DbErr, parts: &[Part<'_>]) -> holdpoint_chassis::error::Error {
    match parts {
        [first, rest @ ..] if is_taken(&cause) && rest.iter().all(|part| part.table == first.table) => {
            taken_in(first.table)
        }
        _ => storing(cause),
    }
}

/// What one statement writes.
struct Part<'a> {
    table: &'static str,
    keys: &'static [Key],
    rows: &'a [Row],
    is_new: bool,
}

impl Writes {
    /// Nothing yet, to the table of `A`.
    pub(super) fn of<A: Aggregate>() -> Self {
        Self { table: A::TABLE, keys: A::KEYS, new: vec![], changed: vec![] }
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let Self { table, keys, new, changed } = self;
        let part = |rows, is_new| Part { table, keys, rows, is_new };
        [part(new, true), part(changed, false)].into_iter().filter(|part| !part.rows.is_empty())
    }
}

impl Part<'_> {
    fn given(&self) -> Value {
        Json::Array(self.rows.iter().map(Row::json).collect()).to_string().into()
    }

    /// The statement; what is given goes to its n-th place.
    fn text(&self, postgres: bool, n: usize) -> String {
        let column = |of: usize| match postgres {
            true => format!("(one->>{of})"),
            false => format!("json_extract(one.value, '$[{of}]')"),
        };
        let number = |of: usize| format!("CAST({} AS BIGINT)", column(of));
        let given = match postgres {
            true => format!("json_array_elements(${n}::json) AS one"),
            false => format!("json_each(${n}) AS one"),
        };
        let names = self.keys.iter().enumerate().map(|(of, key)| (key.column(), column(of + KEYS)));
        if self.is_new {
            let (names, values): (Vec<_>, Vec<_>) =
                names.map(|(name, value)| (format!(", {name}"), format!(", {value}"))).unzip();
            return format!(
                "INSERT INTO {} (id, version, body{}) SELECT {}, {}, {}{} FROM {given}",
                self.table,
                names.concat(),
                column(0),
                number(2),
                column(3),
                values.concat()
            );
        }
        let set: String = names.map(|(name, value)| format!(", {name} = {value}")).collect();
        format!(
            "UPDATE {table} SET version = {}, body = {}{set} FROM {given} \
             WHERE {table}.id = {} AND {table}.version = {}",
            number(2),
            column(3),
            column(0),
            number(1),
            table = self.table
        )
    }

    fn must_have_written(&self, count: u64) -> Result<()> {
        if count == self.rows.len() as u64 {
            return Ok(());
        }
        Err(RACE.refuse(format!("a {} was changed meanwhile; judge again", self.table)).into())
    }
}
