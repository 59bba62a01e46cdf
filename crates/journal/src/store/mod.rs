//! Decides how a service reaches its database: one store on SQLite or PostgreSQL with the same calls. SQLite has one
//! writing connection and several readers; PostgreSQL one pool at READ COMMITTED.

mod aggregate;
mod answers;
mod bulk;
mod changed;
mod connect;
pub(crate) mod cursors;
mod fresh;
mod gathered;
mod look;
pub(crate) mod lost;
mod migrations;
mod prepare;
pub(crate) mod questions;
pub(crate) mod rows;
mod schema;
pub(crate) mod sql;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use holdpoint_chassis::error::{Error, Result};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::sync::watch;

pub use aggregate::{Aggregate, Key, Stored, TableSpec};
pub use changed::Changed;
pub use cursors::Parked;
pub use look::Look;
pub use questions::Questions;

pub(crate) use connect::{database_name, file_url, is_file};

use crate::by::By;
use crate::chain::{Chain, Head};
use crate::error::DbResult as _;
use crate::pause::{Applying, Pauses};
use crate::row::Row;
use crate::tx::Tx;
use fresh::Fresh;

pub(crate) use aggregate::{count, find, find_between, get, greatest, insert, update, versions};
pub(crate) use answers::nothing_changed;
pub(crate) use bulk::{find_among, get_all};
pub(crate) use gathered::Gathered;
pub(crate) use writes::ToWrite;

/// How long to wait for the database, and how many connections to hold.
#[derive(Debug, Clone)]
pub struct Options {
    /// Wait this long for a free connection; then the call is refused as unavailable.
    pub acquire: Duration,
    /// Connections to PostgreSQL, or reading connections to SQLite.
    pub connections: u32,
    /// A SQLite database that is thrown away when its process ends: no commit waits for the disk. No setting says so; only
    /// who makes the database and removes it can.
    pub scratch: bool,
    /// Makes and extends the tables at once. Where false, tables that are not there are an error that names who makes them.
    pub migrate: bool,
    /// As which program PostgreSQL shows the connections; the service's name follows.
    pub program: &'static str,
}

/// As PostgreSQL shows a service's connections.
pub(crate) const PROGRAM: &str = "holdpoint";

impl Default for Options {
    fn default() -> Self {
        Self {
            acquire: Duration::from_secs(5),
            connections: 16,
            scratch: false,
            migrate: true,
            program: PROGRAM,
        }
    }
}

/// A service's database. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    service: String,
    write: DatabaseConnection,
    read: DatabaseConnection,
    backend: DbBackend,
    bell: watch::Sender<u64>,
    fresh: Fresh,
    pauses: Pauses,
}

impl Store {
    /// Connects, makes the database where permitted, and brings its tables up to date under a lock.
    ///
    /// `sqlite:///path/file.db` is that file, `sqlite:///path/` the file `<service>.db` in that folder, and
    /// `sqlite::memory:` a database of one connection. `postgres://host` is the database `holdpoint_<service>`
    /// there, `postgres://host/name` the database `name_<service>`.
    /// A schema written by a later version is refused.
    pub async fn open(url: &str, service: &str, tables: Vec<TableSpec>) -> Result<Self> {
        Self::open_with(url, service, tables, Options::default()).await
    }

    /// [`Store::open`] with time-outs and connection counts of the caller's choice.
    pub async fn open_with(
        url: &str,
        service: &str,
        tables: Vec<TableSpec>,
        options: Options,
    ) -> Result<Self> {
        let store = Self::connected(url, service, &options).await?;
        if options.migrate {
            migrations::run(&store, &tables).await?;
        } else {
            let missing = schema::missing(&store, &tables).await?;
            schema::must_be_there(service, &missing)?;
        }
        Ok(store)
    }

    /// [`Store::open_with`] for `holdpoint migrate`: makes and extends what is missing, and answers what that was. Refused
    /// while programs of an earlier version are connected: what they write meanwhile would lack what is added.
    pub async fn migrate(url: &str, service: &str, tables: Vec<TableSpec>) -> Result<Vec<String>> {
        let options = Options { connections: 1, program: "holdpoint-migrate", ..Options::default() };
        let store = Self::connected(url, service, &options).await?;
        let missing = schema::missing(&store, &tables).await?;
        if !missing.is_empty() {
            schema::must_rest(&store).await?;
            migrations::run(&store, &tables).await?;
        }
        store.close().await?;
        Ok(missing)
    }

    /// Gives the service at this PostgreSQL address a role and a database of its own, with a superuser's address. What is there
    /// already is left, but for the password, which becomes the address's.
    pub async fn prepare(superuser: &str, url: &str, service: &str) -> Result<()> {
        prepare::prepare(superuser, url, service).await
    }

    /// The database as it is, whatever its tables.
    async fn connected(url: &str, service: &str, options: &Options) -> Result<Self> {
        let connect::Connected { write, read } = connect::connect(url, service, options).await?;
        let backend = write.get_database_backend();
        let (bell, _) = watch::channel(0);
        let inner = Inner {
            service: service.to_owned(),
            write,
            read,
            backend,
            bell,
            fresh: Fresh::default(),
            pauses: Pauses::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The service whose journal this is.
    pub fn service(&self) -> &str {
        &self.inner.service
    }

    /// Begins a transaction: on SQLite a writing one from its first moment, so that nothing read in it can change.
    pub async fn begin(&self, by: &By) -> Result<Tx> {
        Ok(Tx::new(self.clone(), self.transaction().await?, by.clone()))
    }

    /// One aggregate by its id.
    pub async fn get<A: Aggregate>(&self, id: &str) -> Result<Option<Stored<A>>> {
        get(self.reader(), id).await
    }

    /// The aggregates of these ids, by id, in one round trip. What is not there is left out.
    pub async fn get_all<A: Aggregate>(&self, ids: &[String]) -> Result<BTreeMap<String, Stored<A>>> {
        get_all(self.reader(), ids).await
    }

    /// The aggregates whose key columns have these values, in the order they were first stored.
    pub async fn find<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<Vec<Stored<A>>> {
        find(self.reader(), keys).await
    }

    /// A page of [`Store::find`]: at most `size` aggregates stored after the one whose `order` is given (0 for the first page).
    pub async fn page<A: Aggregate>(
        &self,
        keys: &[(&str, &str)],
        after: i64,
        size: u32,
    ) -> Result<Vec<Stored<A>>> {
        aggregate::page(self.reader(), keys, after, size).await
    }

    /// How many aggregates have these key values.
    pub async fn count<A: Aggregate>(&self, keys: &[(&str, &str)]) -> Result<u64> {
        count::<A, _>(self.reader(), keys).await
    }

    /// Asks several questions in one round trip: what stood at one moment.
    pub async fn look(&self, questions: Questions) -> Result<Look> {
        Look::new(self.clone(), questions).await
    }

    /// The head of one chain; all zero while it has no row.
    pub async fn head(&self, chain: &Chain) -> Result<Head> {
        Ok(rows::head(self.reader(), chain, false).await?.unwrap_or_default())
    }

    /// The heads of all chains.
    pub async fn heads(&self) -> Result<BTreeMap<Chain, Head>> {
        rows::heads(self.reader()).await
    }

    /// The kept answer to this act's request: none the first time. The same id with other content is refused, and
    /// the attempt is journaled.
    pub async fn answered(&self, by: &By) -> Result<Option<Vec<u8>>> {
        answers::answered(self, by).await
    }

    /// The chain of a trial where it has rows, and else the service's own: a trial's name that nobody told this service is
    /// a word of the caller's, may be anybody's name, and becomes no chain.
    pub async fn known_chain(&self, trial: &str) -> Result<Chain> {
        let chain = Chain::trial(trial);
        Ok(if self.head(&chain).await?.number == 0 { Chain::Service } else { chain })
    }

    /// Journals that a person's act was refused at a gate (activate, randomize, authorize, start, release).
    /// `what` names what was asked, without personal data.
    pub async fn refused(&self, by: &By, chain: &Chain, code: &str, what: serde_json::Value) -> Result<()> {
        answers::journal_refusal(self, by, chain, code, what).await
    }

    /// Rings after each commit that appended something. Reading it costs nothing and misses nothing: the value only
    /// says that there is something to look for.
    pub fn doorbell(&self) -> watch::Receiver<u64> {
        self.inner.bell.subscribe()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.reader().ping().await.db("asking the database for a sign of life")
    }

    /// Closes every connection, so that the database's file can be copied or moved.
    pub async fn close(&self) -> Result<()> {
        self.inner.read.clone().close().await.db("closing the reading connections")?;
        self.inner.write.clone().close().await.db("closing the writing connections")
    }

    /// Rings for rows that were committed.
    pub(crate) fn ring(&self, rows: Vec<Row>) {
        self.inner.fresh.add(rows);
        self.inner.bell.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// Rows that this process has committed since it was asked last; not all of them, where they were many.
    pub(crate) fn take_fresh(&self) -> Vec<Row> {
        self.inner.fresh.take()
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.inner.read
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.inner.write
    }

    pub(crate) fn pauses(&self) -> &Pauses {
        &self.inner.pauses
    }

    /// Applies a peer's rows: waits for the end of a backup's pause first.
    pub(crate) async fn applying(&self) -> Applying {
        self.inner.pauses.applying().await
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.inner.backend == DbBackend::Sqlite
    }

    /// A bare transaction, for the journal's own tables.
    pub(crate) async fn transaction(&self) -> std::result::Result<DatabaseTransaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.inner.write.begin_with_options(options).await.db("beginning a transaction")
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({}, {:?})", self.inner.service, self.inner.backend)
    }
}
