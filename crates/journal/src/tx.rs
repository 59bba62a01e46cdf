//! Decides how state is written: row, journal and kept answer in one transaction, the chain's head locked last (or
//! first, where a gate asks for it), and the doorbell rung after the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::telemetry::propagation;
use sea_orm::DatabaseTransaction;

use crate::append;
use crate::by::By;
use crate::chain::{Chain, Head};
use crate::error::commit_failed;
use crate::incarnation::{self, Place};
use crate::row::Entry;
use crate::store::questions::{asked_greatest, asked_sums};
use crate::store::{self, Aggregate, Gathered, Parked, Questions, Store, Stored, ToWrite, cursors, rows};

/// A transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    store: Store,
    txn: DatabaseTransaction,
    by: By,
    entries: Vec<Entry>,
    answer: Option<Vec<u8>>,
    locked: BTreeMap<Chain, Head>,
    opened: BTreeMap<Chain, Head>,
    gathered: Option<Mutex<Gathered>>,
    gathers: bool,
    wrote: bool,
}

/// What a commit left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The heads of the chains that were appended to.
    pub heads: BTreeMap<Chain, Head>,
}

impl Tx {
    pub(crate) fn new(store: Store, txn: DatabaseTransaction, by: By) -> Self {
        Self {
            store,
            txn,
            by,
            entries: vec![],
            answer: None,
            locked: BTreeMap::new(),
            opened: BTreeMap::new(),
            gathered: None,
            gathers: false,
            wrote: false,
        }
    }

    /// Who acts, when and why.
    pub fn by(&self) -> &By {
        &self.by
    }

    /// Locks a chain's head at once and answers it: the first statement of a gate's transaction, so that all that
    /// is read afterwards holds until the commit (holds.md, steps 2 and 6).
    pub async fn lock(&mut self, chain: &Chain) -> Result<Head> {
        if let Some(head) = self.locked.get(chain) {
            return Ok(*head);
        }
        let head = append::lock(&self.txn, chain).await?;
        self.locked.insert(chain.clone(), head);
        Ok(head)
    }

    /// From here on this transaction reads what it reads once, and sends what it writes together: before it asks about the
    /// same table, and at the commit. For one that has locked the chain whose changes everybody makes under that lock, where
    /// another chain locked later makes it read anew; or for one that judges by what stood at one moment. Errors of a write
    /// may be told by a later call, by [`Tx::send`] at the latest.
    pub fn gather(&mut self) {
        self.gathers = true;
        if let Some(gathered) = &self.gathered {
            gathered.lock().unwrap_or_else(PoisonError::into_inner).forget(None);
        }
        self.gathered.get_or_insert_default();
    }

    /// Asks in one round trip what is asked one by one afterwards, and gathers from here on; in a reaction until its end.
    pub async fn ask(&mut self, questions: Questions) -> Result<()> {
        self.send().await?;
        let answers = questions.ask(&self.txn).await?;
        let gathered = self.gathered.get_or_insert_default();
        answers.keep(gathered.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends what was gathered; whoever did not ask to gather reads anew from here on.
    pub(crate) async fn end_reaction(&mut self) -> Result<()> {
        self.send().await?;
        if !self.gathers {
            self.gathered = None;
        }
        Ok(())
    }

    /// Sends what was gathered.
    pub async fn send(&self) -> Result<()> {
        self.send_of(None).await
    }

    async fn send_of(&self, table: Option<&str>) -> Result<()> {
        let Some(writes) = self.kept().map(|mut kept| kept.take(table)) else { return Ok(()) };
        writes.send(&self.txn).await
    }

    fn kept(&self) -> Option<MutexGuard<'_, Gathered>> {
        let gathered = self.gathered.as_ref()?;
        Some(gathered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One aggregate by its id, as this transaction sees it.
    pub async fn get<A: Aggregate>(&self, id: &str) -> Result<Option<Stored<A>>> {
        if let Some(known) = self.kept().and_then(|kept| kept.get(id)) {
            return Ok(known);
        }
        let read: Option<Stored<A>> = store::get(&self.txn, id).await?;
        if let Some(mut kept) = self.kept() {
            kept.keep(id, read.clone());
        }
        Ok(read)
    }

    /// The aggregates of these ids, by id, in one round trip. What is not there is left out.
    pub async fn get_all<A: Aggregate>(&self, ids: &[String]) -> Result<BTreeMap<String, Stored<A>>> {
        self.send_of(Some(A::TABLE)).await?;
        let read: BTreeMap<String, Stored<A>> = store::get_all(&self.txn, ids).await?;
        if let Some(mut kept) = self.kept() {
            for id in ids {
                kept.keep(id, read.get(id).cloned());
            }
        }
        Ok(read)
    }

    /// The aggregates whose key column has one of these values, in the order they were first stored.
    pub async fn find_among<A: Aggregate>(&self, key: &str, values: &[String]) -> Result<Vec<Stored<A>>> {
        self.send_of(Some(A::TABLE)).await?;
        store::find_among(&self.txn, key, values).await
    }

    /// The aggregates whose key column has a value from one to another, both inside, in the order they were first stored.
    /// Texts are compared as the database does: the values must be of one shape, as dates after one prefix are.
    pub async fn find_between<A: Aggregate>(&self, key: &str, ends: (&str, &str)) -> Result<Vec<Stored<A>>> {
        self.send_of(Some(A::TABLE)).await?;
        store::find_between(&self.txn, key, ends).await
    }

    /// The one of [`Tx::find_between`] whose key is the greatest.
    pub async fn greatest<A: Aggregate>(&self, key: &str, ends: (&str, &str)) -> Result<Option<Stored<A>>> {
        let asked = asked_greatest(key, ends);
        if let Some(known) = self.kept().and_then(|kept| kept.found(A::TABLE, &asked)) {
            return Ok(known);
        }
        self.send_of(Some(A::TABLE)).await?;
        store::greatest(&self.txn, key, ends).await
    }

    /// The aggregates whose key columns have these values, in the order they were first stored.
    pub async fn find<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<Vec<Stored<A>>> {
        let asked = format!("{keys:?}");
        if let Some(known) = self.kept().and_then(|kept| kept.found(A::TABLE, &asked)) {
            return Ok(known);
        }
        self.send_of(Some(A::TABLE)).await?;
        let found: Vec<Stored<A>> = store::find(&self.txn, keys).await?;
        if let Some(mut kept) = self.kept() {
            kept.keep_found(A::TABLE, &asked, found.clone());
        }
        Ok(found)
    }

    /// Ids and versions of what [`Tx::find`] would find, in the same order: for large values of which those of these versions are
    /// known already.
    pub async fn versions<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<Vec<(String, i64)>> {
        let asked = format!("versions {keys:?}");
        if let Some(known) = self.kept().and_then(|kept| kept.found(A::TABLE, &asked)) {
            return Ok(known);
        }
        self.send_of(Some(A::TABLE)).await?;
        let found = store::versions::<A, _>(&self.txn, keys).await?;
        if let Some(mut kept) = self.kept() {
            kept.keep_found(A::TABLE, &asked, found.clone());
        }
        Ok(found)
    }

    /// How many aggregates have these key values.
    pub async fn count<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<u64> {
        self.send_of(Some(A::TABLE)).await?;
        store::count::<A, _>(&self.txn, keys).await
    }

    /// The sums of a number over the aggregates whose key columns have these values, by another key. Where it was never counted,
    /// there is none.
    pub async fn sums<A: Aggregate>(
        &mut self,
        number: &str,
        by: &str,
        keys: &[(&str, &str)],
    ) -> Result<BTreeMap<String, i64>> {
        let asked = asked_sums(number, by, keys);
        if let Some(known) = self.kept().and_then(|kept| kept.found(A::TABLE, &asked)) {
            return Ok(known);
        }
        self.ask(Questions::new().sums::<A>(number, by, keys)?).await?;
        Ok(self.kept().and_then(|kept| kept.found(A::TABLE, &asked)).unwrap_or_default())
    }

    /// How far a peer's chain was applied, as this transaction sees it.
    pub async fn cursor(&self, source: &str, chain: &Chain) -> Result<Head> {
        match self.kept().and_then(|kept| kept.cursor(source, chain)) {
            Some(known) => Ok(known),
            None => Ok(cursors::read_cursor(&self.txn, source, chain, false).await?.unwrap_or_default()),
        }
    }

    /// The parked row of a peer's chain as this transaction sees it, where there is one.
    pub async fn parked(&self, source: &str, chain: &Chain) -> Result<Option<Parked>> {
        if self.kept().is_some_and(|kept| kept.none_parked(source, chain)) {
            return Ok(None);
        }
        cursors::parked(&self.txn, source, chain).await
    }

    /// The head of a chain as this transaction sees it, not locked.
    pub async fn head(&self, chain: &Chain) -> Result<Head> {
        match self.kept().and_then(|kept| kept.head(chain)) {
            Some(known) => Ok(known),
            None => Ok(rows::head(&self.txn, chain, false).await?.unwrap_or_default()),
        }
    }

    /// Stores something for the first time. A taken id or unique key is refused (`JRN-0004`).
    pub async fn insert<A: Aggregate>(&mut self, value: &A) -> Result<Stored<A>> {
        self.wrote = true;
        if let Some(mut kept) = self.kept() {
            return kept.insert(value);
        }
        store::insert(&self.txn, value).await
    }

    /// Changes something as it was read. Somebody else's change in between is a race ([`RACE`](crate::RACE), ABORTED).
    pub async fn update<A: Aggregate>(&mut self, read: &Stored<A>, value: A) -> Result<Stored<A>> {
        self.wrote = true;
        self.update_shown(read, value).await
    }

    /// The same of something that is only shown to people and by which nothing is decided. A reaction that does no more than
    /// this need not wait for the disk: what a crash of the database takes is made again of the same rows.
    pub async fn update_shown<A: Aggregate>(&mut self, read: &Stored<A>, value: A) -> Result<Stored<A>> {
        if let Some(mut kept) = self.kept() {
            return kept.update(read, value);
        }
        store::update(&self.txn, read, value).await
    }

    /// Stores many for the first time, in one round trip. A taken id or unique key refuses all of them (`JRN-0004`).
    /// What the journal says of them is appended by the caller, once for all.
    pub async fn insert_all<A: Aggregate>(&mut self, values: &[A]) -> Result<()> {
        self.wrote = true;
        self.send_of(Some(A::TABLE)).await?;
        if let Some(mut kept) = self.kept() {
            kept.forget(Some(A::TABLE));
        }
        ToWrite::new(values)?.send(&self.txn).await
    }

    /// Changes many as they were read, in one round trip. Somebody else's change of one of them is a race for all.
    pub async fn update_all<A: Aggregate>(&mut self, changes: &[(Stored<A>, A)]) -> Result<()> {
        self.wrote = true;
        self.send_of(Some(A::TABLE)).await?;
        if let Some(mut kept) = self.kept() {
            kept.forget(Some(A::TABLE));
        }
        ToWrite::changed(changes)?.send(&self.txn).await
    }

    /// Stores something for the first time together with what the journal says of it.
    pub async fn record_new<A: Aggregate>(
        &mut self,
        value: &A,
        entries: impl IntoIterator<Item = Entry> + Send,
    ) -> Result<Stored<A>> {
        entries.into_iter().for_each(|entry| self.append(entry));
        self.insert(value).await
    }

    /// Changes something together with what the journal says of it.
    pub async fn record<A: Aggregate>(
        &mut self,
        read: &Stored<A>,
        value: A,
        entries: impl IntoIterator<Item = Entry> + Send,
    ) -> Result<Stored<A>> {
        entries.into_iter().for_each(|entry| self.append(entry));
        self.update(read, value).await
    }

    /// Appends to the journal at the commit, in the order of the calls.
    pub fn append(&mut self, entry: Entry) {
        // One transaction may react to many acts, each with a trace of its own.
        let trace = if self.by.trace.is_none() { propagation::current() } else { None };
        self.entries.push(Entry { trace, ..entry });
    }

    /// Opens a further incarnation of a chain of this journal that lacks a row which a peer has seen; what is appended in
    /// this transaction follows it. Answers its first row; none, and nothing is written, where the row is there or
    /// its loss is accounted for.
    pub async fn open_incarnation(&mut self, chain: &Chain, lost: Head) -> Result<Option<Head>> {
        let head = self.lock(chain).await?;
        if incarnation::place_of(&self.txn, chain, &lost).await? != Place::Lacking {
            return Ok(None);
        }
        self.open_after(chain, head, lost).await.map(Some)
    }

    /// Opens a further incarnation of every chain, and of the one of no one trial: [`Store::restored`].
    pub(crate) async fn restored(&mut self) -> Result<BTreeMap<Chain, Head>> {
        let mut chains: BTreeSet<Chain> = rows::heads(&self.txn).await?.into_keys().collect();
        chains.insert(Chain::Service);
        let mut opened = BTreeMap::new();
        for chain in chains {
            opened.insert(chain.clone(), self.go_on(&chain).await?);
        }
        Ok(opened)
    }

    /// Opens a further incarnation of a chain right behind its head: nobody is known to remember more of it.
    async fn go_on(&mut self, chain: &Chain) -> Result<Head> {
        let head = self.lock(chain).await?;
        self.open_after(chain, head, head).await
    }

    async fn open_after(&mut self, chain: &Chain, head: Head, lost: Head) -> Result<Head> {
        let (start, entry) = incarnation::opening(chain, head, lost);
        let service = self.store.service().to_owned();
        let (opened, _) = append::onto(&self.txn, &service, &self.by, head, start, vec![entry], None).await?;
        self.locked.insert(chain.clone(), opened);
        self.opened.insert(chain.clone(), opened);
        Ok(opened)
    }

    /// The number of the row appended next to a chain that this transaction has locked; none for another chain.
    pub fn next_number(&self, chain: &Chain) -> Option<u64> {
        let appended = self.entries.iter().filter(|entry| entry.chain == *chain).count();
        Some(self.locked.get(chain)?.number + u64::try_from(appended).unwrap_or(u64::MAX) + 1)
    }

    /// Whether this transaction tells or changes anything that must not be forgotten once it was committed.
    pub(crate) fn must_last(&self) -> bool {
        self.wrote || !self.entries.is_empty() || !self.opened.is_empty() || self.answer.is_some()
    }

    /// Keeps the answer of this success for repeats of the same request. Never used for a permit or a `Go`.
    pub fn answer(&mut self, bytes: impl Into<Vec<u8>>) {
        self.answer = Some(bytes.into());
    }

    /// Writes answer and journal rows, commits, and rings the doorbell.
    ///
    /// An error means that nothing was changed, with one exception: [`commit_unknown`](crate::commit_unknown).
    pub async fn commit(self) -> Result<Committed> {
        let mut writes = self.kept().map(|mut kept| kept.take(None)).unwrap_or_default();
        let Self { store, txn, by, mut entries, answer, locked, opened, .. } = self;
        if let Some(answer) = &answer {
            let Some(request) = &by.request else {
                return Err(Error::fault(anyhow::anyhow!("an answer is kept for an act without a request")));
            };
            writes.answer(&by.principal, request, answer);
            if entries.is_empty() {
                entries.push(store::nothing_changed(locked.keys().next(), request));
            }
        }
        writes.send(&txn).await?;
        let mut heads = opened;
        let (appended, rows) =
            append::all(&txn, store.service(), &by, entries, answer.as_deref(), locked).await?;
        heads.extend(appended);
        txn.commit().await.map_err(commit_failed)?;
        if !heads.is_empty() {
            store.ring(rows);
        }
        Ok(Committed { heads })
    }

    /// Gives up explicitly: nothing was changed.
    pub async fn rollback(self) -> Result<()> {
        use crate::error::DbResult as _;
        self.txn.rollback().await.db("rolling back")
    }

    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.txn
    }
}
