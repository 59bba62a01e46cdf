//! Decides what a transaction that holds its chains keeps in memory: what was read is not read again, and what is written is
//! sent together, before the database is asked about its table and before the commit. Every check is made all the
//! same: a second change of what was read once is a race, a taken id is refused.

use std::any::Any;
use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;

use super::aggregate::{Aggregate, Stored, raced, taken_in};
use super::questions;
use super::writes::{Row, ToWrite, Writes};
use crate::by::By;
use crate::chain::{Chain, Head};

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

    /// The head of a chain, where it was asked for.
    pub(crate) fn head(&self, chain: &Chain) -> Option<Head> {
        self.found(questions::HEAD, chain.as_str())
    }

    /// How far a peer's chain was applied, where it was asked for.
    pub(crate) fn cursor(&self, source: &str, chain: &Chain) -> Option<Head> {
        self.found(questions::CURSOR, &questions::asked_of(source, chain))
    }

    /// Whether it was asked for and no row of a peer's chain is parked.
    pub(crate) fn none_parked(&self, source: &str, chain: &Chain) -> bool {
        self.found::<()>(questions::PARKED, &questions::asked_of(source, chain)).is_some()
    }

    /// Whether it was asked for and this journal has a row.
    pub(crate) fn has_row(&self, chain: &Chain, head: &Head) -> bool {
        self.found::<()>(questions::ROW, &questions::asked_row(chain.as_str(), head)).is_some()
    }

    /// Whether it was asked for and an act's request was not answered before.
    pub(crate) fn not_answered(&self, by: &By) -> bool {
        let asked = by.request.as_ref().map(|request| questions::asked_answer(&by.principal, &request.id));
        asked.is_some_and(|asked| self.found::<()>(questions::ANSWER, &asked).is_some())
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
        self.writes_of::<A>().new.push(Row::new(value)?);
        Ok(self.written(&id, Stored { value: value.clone(), version: 1, order: i64::MAX }))
    }

    /// Changes something as it was read.
    pub(crate) fn update<A: Aggregate>(&mut self, read: &Stored<A>, value: A) -> Result<Stored<A>> {
        let (id, row) = (value.id(), Row::changed(read, &value)?);
        if self.get::<A>(&id).flatten().is_some_and(|newest| newest.version != read.version) {
            return Err(raced::<A>());
        }
        let version = row.version;
        let writes = self.writes_of::<A>();
        match writes.new.iter_mut().chain(&mut writes.changed).find(|known| known.id == id) {
            Some(known) => known.again(row),
            None => writes.changed.push(row),
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
            self.writes.push(Writes::of::<A>());
            self.writes.len() - 1
        });
        &mut self.writes[place]
    }

    /// Takes out what is to be written: to one table, or to all.
    pub(crate) fn take(&mut self, table: Option<&str>) -> ToWrite {
        let all = std::mem::take(&mut self.writes);
        let (due, rest) = all.into_iter().partition(|each| table.is_none_or(|table| table == each.table));
        self.writes = rest;
        ToWrite::of(due)
    }
}
