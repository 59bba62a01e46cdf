//! Decides what a transaction that holds its chains keeps in memory: what was read is not read again, and what is written is
//! sent together, before the database is asked about its table and before the commit. Every check is made all the
//! same: a second change of what was read once is a race, a taken id is refused.

use std::any::Any;
use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use serde_json::{Value as Json, json};

use super::aggregate::{Aggregate, Key, Stored, encode, key_texts, must_keep_id, raced, storing, taken_in};
use super::sql;
use crate::error::{DbResult as _, RACE};

type Kept = Box<dyn Any + Send + Sync>;

/// What is kept in memory until the commit.
#[derive(Default)]
pub(crate) struct Gathered {
    /// By table and id; none is kept as well.
    read: BTreeMap<(&'static str, String), Kept>,
    /// By table and question.
    found: BTreeMap<(&'static str, String), Kept>,
    writes: Vec<Writes>,
}

/// What is to be written to one table.
struct Writes {
    table: &'static str,
    keys: &'static [Key],
    new: Vec<Row>,
    changed: Vec<Row>,
}

struct Row {
    id: String,
    /// The version that was read; none of what is new.
    read: Option<i64>,
    version: i64,
    body: String,
    keys: Vec<Option<String>>,
}

impl Row {
    /// Id, version that was read, version, body, keys.
    fn json(&self) -> Json {
        let mut row = vec![json!(self.id), json!(self.read), json!(self.version), json!(self.body)];
        row.extend(self.keys.iter().map(|key| json!(key)));
        Json::Array(row)
    }
}

/// The first key column's place in a row.
const KEYS: usize = 4;

impl Gathered {
    /// What is known of an id; the inner none says that it is known not to be there.
    pub(crate) fn get<A: Aggregate>(&self, id: &str) -> Option<Option<Stored<A>>> {
        self.read.get(&(A::TABLE, id.to_owned()))?.downcast_ref::<Option<Stored<A>>>().cloned()
    }

    /// Keeps what was read of an id.
    pub(crate) fn keep<A: Aggregate>(&mut self, id: &str, read: Option<Stored<A>>) {
        self.read.insert((A::TABLE, id.to_owned()), Box::new(read));
    }

    /// What a table answered to a question.
    pub(crate) fn found<T: Clone + 'static>(&self, table: &'static str, asked: &str) -> Option<T> {
        self.found.get(&(table, asked.to_owned()))?.downcast_ref::<T>().cloned()
    }

    /// Keeps what a table answered to a question.
    pub(crate) fn keep_found<T: Send + Sync + 'static>(
        &mut self,
        table: &'static str,
        asked: &str,
        found: T,
    ) {
        self.found.insert((table, asked.to_owned()), Box::new(found));
    }

    /// Forgets what was read of everything, or of one table, apart from what is still to be written: it may be something
    /// else by now.
    pub(crate) fn forget(&mut self, table: Option<&str>) {
        let writes = &self.writes;
        let other = |of: &str| table.is_some_and(|table| table != of);
        let waits = |of: &str, id: &str| {
            let rows = writes.iter().filter(|each| each.table == of);
            rows.flat_map(|each| each.new.iter().chain(&each.changed)).any(|row| row.id == id)
        };
        self.read.retain(|(of, id), _| other(of) || waits(of, id));
        self.found.retain(|(of, _), _| other(of));
    }

    /// Stores something for the first time.
    pub(crate) fn insert<A: Aggregate>(&mut self, value: &A) -> Result<Stored<A>> {
        let id = value.id();
        if self.get::<A>(&id).flatten().is_some() {
            return Err(taken_in(A::TABLE));
        }
        let row =
            Row { id: id.clone(), read: None, version: 1, body: encode(value)?, keys: key_texts(value)? };
        self.writes_of::<A>().new.push(row);
        Ok(self.written(&id, Stored { value: value.clone(), version: 1, order: i64::MAX }))
    }

    /// Changes something as it was read.
    pub(crate) fn update<A: Aggregate>(&mut self, read: &Stored<A>, value: A) -> Result<Stored<A>> {
        must_keep_id(&read.value, &value)?;
        let id = value.id();
        if self.get::<A>(&id).flatten().is_some_and(|newest| newest.version != read.version) {
            return Err(raced::<A>());
        }
        let (version, body, keys) = (read.version + 1, encode(&value)?, key_texts(&value)?);
        let writes = self.writes_of::<A>();
        match writes.new.iter_mut().chain(&mut writes.changed).find(|row| row.id == id) {
            Some(row) => (row.version, row.body, row.keys) = (version, body, keys),
            None => {
                let row = Row { id: id.clone(), read: Some(read.version), version, body, keys };
                writes.changed.push(row);
            }
        }
        Ok(self.written(&id, Stored { value, version, order: read.order }))
    }

    fn written<A: Aggregate>(&mut self, id: &str, stored: Stored<A>) -> Stored<A> {
        self.found.retain(|(table, _), _| *table != A::TABLE);
        self.keep(id, Some(stored.clone()));
        stored
    }

    fn writes_of<A: Aggregate>(&mut self) -> &mut Writes {
        let known = self.writes.iter().position(|each| each.table == A::TABLE);
        let place = known.unwrap_or_else(|| {
            self.writes.push(Writes { table: A::TABLE, keys: A::KEYS, new: vec![], changed: vec![] });
            self.writes.len() - 1
        });
        &mut self.writes[place]
    }

    /// Takes out what is to be written: to one table, or to all.
    pub(crate) fn take(&mut self, table: Option<&str>) -> ToWrite {
        let all = std::mem::take(&mut self.writes);
        let (due, rest) = all.into_iter().partition(|each| table.is_none_or(|table| table == each.table));
        self.writes = rest;
        ToWrite(due)
    }
}

/// What was taken out to be written.
pub(crate) struct ToWrite(Vec<Writes>);

impl ToWrite {
    /// Sends it: on PostgreSQL in one statement, whatever the tables.
    pub(crate) async fn send(self, txn: &DatabaseTransaction) -> Result<()> {
        let postgres = txn.get_database_backend() == DbBackend::Postgres;
        let parts: Vec<Part> = self.0.iter().flat_map(Writes::parts).collect();
        if parts.is_empty() {
            return Ok(());
        }
        if !postgres {
            for part in &parts {
                let text = part.text(postgres, 1);
                let done = sql::run(txn, text, vec![part.given()]).await;
                part.must_have_written(done.map_err(storing)?.rows_affected())?;
            }
            return Ok(());
        }
        let steps = parts.iter().enumerate();
        let steps: Vec<String> =
            steps.map(|(n, part)| format!("w{n} AS ({} RETURNING 1)", part.text(postgres, n + 1))).collect();
        let counts: Vec<String> = (0..parts.len()).map(|n| format!("(SELECT COUNT(*) FROM w{n})")).collect();
        let text = format!("WITH {} SELECT {}", steps.join(", "), counts.join(", "));
        let values = parts.iter().map(Part::given).collect();
        let written = sql::all(txn, text, values).await.map_err(storing)?;
        for (n, part) in parts.iter().enumerate() {
            let count: i64 = match written.first() {
                Some(row) => row.try_get_by_index(n).db("counting what was written")?,
                None => 0,
            };
            part.must_have_written(sql::unsigned(count))?;
        }
        Ok(())
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
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let Self { table, keys, new, changed } = self;
        let part = |rows, is_new| Part { table, keys, rows, is_new };
        [part(new, true), part(changed, false)].into_iter().filter(|part| !part.rows.is_empty())
    }
}

impl Part<'_> {
    fn given(&self) -> sea_orm::Value {
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
