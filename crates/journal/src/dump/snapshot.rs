//! Decides how a database is read as it stood at one moment, while it is in use: in one transaction that sees nothing of what others
//! commit meanwhile. Opening it takes a moment; reading it may take long and keeps nobody waiting.

use std::str::FromStr as _;

use anyhow::{Context as _, bail};
use futures::TryStreamExt as _;
use holdpoint_chassis::error::Result as Judged;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::{Cell, Kind, Table, is_plain};
use crate::chain::{Chain, Head};
use crate::store::{self, database_name};

/// One service's database as it stood at one moment.
pub struct Snapshot {
    service: String,
    connection: Connection,
}

/// A row of a peer's journal that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    /// The peer.
    pub source: String,
    /// The chain.
    pub chain: String,
    /// Its number.
    pub number: String,
    /// Why.
    pub why: String,
}

enum Connection {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// Rows are handed on in portions of about so many bytes.
const PORTION: usize = 1 << 20;

impl Snapshot {
    /// Connects to the database of a service at an address as [`Store::open`](crate::Store::open) takes it. Makes nothing: a
    /// database that is absent is none.
    pub async fn connect(url: &str, service: &str) -> anyhow::Result<Option<Self>> {
        let connection = match store::is_file(url) {
            true => sqlite(url, service).await?.map(|it| Connection::Sqlite(Box::new(it))),
            false => postgres(url, service).await?.map(|it| Connection::Postgres(Box::new(it))),
        };
        Ok(connection.map(|connection| Self { service: service.to_owned(), connection }))
    }

    /// The service.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Takes the snapshot: what is read from here on is what stands at this moment.
    pub async fn open(&mut self) -> anyhow::Result<()> {
        let (begin, first) = match &self.connection {
            Connection::Sqlite(_) => ("BEGIN", "SELECT COUNT(*) FROM sqlite_master"),
            Connection::Postgres(_) => {
                ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT COUNT(*) FROM pg_tables")
            }
        };
        self.run(begin).await?;
        // Only the first reading fixes what the transaction sees.
        self.run(first).await
    }

    /// Every table.
    pub async fn tables(&mut self) -> anyhow::Result<Vec<Table>> {
        let (names, columns) = match &self.connection {
            Connection::Sqlite(_) => (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
                "SELECT name, type FROM pragma_table_info('{table}') ORDER BY cid",
            ),
            Connection::Postgres(_) => (
                "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
                "SELECT column_name::text, data_type::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position",
            ),
        };
        let mut tables = vec![];
        for [name] in self.texts(names).await? {
            if !is_plain(&name) {
                bail!("{} has a table {name}, which is none of ours", self.service);
            }
            let mut found = vec![];
            for [column, kind] in self.texts(&columns.replace("{table}", &name)).await? {
                let known = Kind::of(&kind).filter(|_| is_plain(&column));
                let known = known.with_context(|| {
                    format!("{name}.{column} of {} is of a kind {kind}, which is none of ours", self.service)
                })?;
                found.push((column, known));
            }
            let counted = self.counted(&name, &found).await?;
            tables.push(Table { name, columns: found, counted });
        }
        Ok(tables)
    }

    async fn counted(&mut self, table: &str, columns: &[(String, Kind)]) -> anyhow::Result<Option<i64>> {
        if !columns.iter().any(|(name, kind)| name == "place" && *kind == Kind::Int) {
            return Ok(None);
        }
        let text = match &self.connection {
            Connection::Sqlite(_) => {
                format!(
                    "SELECT CAST(COALESCE(MAX(seq), 0) AS TEXT) FROM sqlite_sequence WHERE name = '{table}'"
                )
            }
            // A sequence is not part of a snapshot: it may be further on, and then numbers are left out.
            Connection::Postgres(_) => format!(
                "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{table}', 'place')::regclass), 0)::text"
            ),
        };
        let found = self.texts::<1>(&text).await?;
        let [last] = found.first().context("a sequence's last number")?;
        Ok(Some(last.parse()?))
    }

    /// Hands on every row of a table, in portions. Answers how many there are.
    pub async fn rows(
        &mut self,
        table: &Table,
        mut take: impl FnMut(Vec<Vec<Cell>>) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let text = format!("SELECT {} FROM {}", names.join(", "), table.name);
        let (mut all, mut portion, mut bytes) = (0, vec![], 0);
        let mut add = |cells: Vec<Cell>| {
            all += 1;
            bytes += cells.iter().map(size).sum::<usize>();
            portion.push(cells);
            if bytes >= PORTION {
                bytes = 0;
                return take(std::mem::take(&mut portion));
            }
            Ok(())
        };
        match &mut self.connection {
            Connection::Sqlite(db) => {
                let mut rows = db.fetch(AssertSqlSafe(text));
                while let Some(row) =
                    rows.try_next().await.with_context(|| format!("reading {}", table.name))?
                {
                    add(of_sqlite(&row, &table.columns)?)?;
                }
            }
            Connection::Postgres(db) => {
                let mut rows = db.fetch(AssertSqlSafe(text));
                while let Some(row) =
                    rows.try_next().await.with_context(|| format!("reading {}", table.name))?
                {
                    add(of_postgres(&row, &table.columns)?)?;
                }
            }
        }
        if !portion.is_empty() {
            take(portion)?;
        }
        Ok(all)
    }

    /// The heads of all chains.
    pub async fn heads(&mut self) -> anyhow::Result<Vec<(Chain, Head)>> {
        let text = format!(
            "SELECT chain, CAST(incarnation AS TEXT), CAST(number AS TEXT), {} FROM journal_head WHERE number > 0 ORDER BY chain",
            self.hash()
        );
        let mut heads = vec![];
        for [chain, incarnation, number, hash] in self.texts(&text).await? {
            heads.push((Chain::trial(chain), read_head([incarnation, number, hash])?));
        }
        Ok(heads)
    }

    /// How far each chain of each peer was applied: peer, chain, head.
    pub async fn cursors(&mut self) -> anyhow::Result<Vec<(String, Chain, Head)>> {
        let text = format!(
            "SELECT source, chain, CAST(incarnation AS TEXT), CAST(number AS TEXT), {} FROM journal_cursor WHERE number > 0 \
             ORDER BY source, chain",
            self.hash()
        );
        let mut cursors = vec![];
        for [source, chain, incarnation, number, hash] in self.texts(&text).await? {
            cursors.push((source, Chain::trial(chain), read_head([incarnation, number, hash])?));
        }
        Ok(cursors)
    }

    /// The rows of peers that could not be applied.
    pub async fn parked(&mut self) -> anyhow::Result<Vec<ParkedRow>> {
        let text =
            "SELECT source, chain, CAST(number AS TEXT), why FROM journal_parked ORDER BY source, chain";
        let rows = self.texts(text).await?.into_iter();
        Ok(rows.map(|[source, chain, number, why]| ParkedRow { source, chain, number, why }).collect())
    }

    fn hash(&self) -> &'static str {
        match &self.connection {
            Connection::Sqlite(_) => "lower(hex(hash))",
            Connection::Postgres(_) => "encode(hash, 'hex')",
        }
    }

    /// Whether it is a SQLite file.
    pub fn is_file(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }

    /// Whether the database holds nothing but empty tables of ours.
    pub async fn is_empty(&mut self) -> anyhow::Result<bool> {
        for table in self.tables().await? {
            let text = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {}", table.name);
            let found = self.texts::<1>(&text).await?;
            if table.name != super::SCHEMA && found.first().is_none_or(|[count]| count != "0") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Programs of ours that are connected to a PostgreSQL database beside this one, by name.
    pub async fn connected(&mut self) -> anyhow::Result<Vec<String>> {
        if matches!(self.connection, Connection::Sqlite(_)) {
            return Ok(vec![]);
        }
        let text = "SELECT DISTINCT application_name::text FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND application_name LIKE 'holdpoint %' ORDER BY 1";
        Ok(self.texts(text).await?.into_iter().map(|[name]| name).collect())
    }

    /// What the server or the file is set to: name and value, as the database says it.
    pub async fn setting(&mut self, name: &str) -> anyhow::Result<Option<String>> {
        if !is_plain(name) {
            bail!("{name} is no setting");
        }
        let text = match &self.connection {
            Connection::Sqlite(_) => format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"),
            Connection::Postgres(_) => format!("SELECT setting::text FROM pg_settings WHERE name = '{name}'"),
        };
        Ok(self.texts(&text).await?.into_iter().next().map(|[value]| value))
    }

    /// The database's own clock, microseconds since 1970: of a server on another machine, that machine's.
    pub async fn clock_us(&mut self) -> anyhow::Result<Option<i64>> {
        if matches!(self.connection, Connection::Sqlite(_)) {
            return Ok(None);
        }
        let text = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint::text";
        let found = self.texts::<1>(text).await?;
        found.first().map(|[value]| value.parse().context("reading the database's clock")).transpose()
    }

    /// Rows of texts.
    pub(crate) async fn texts<const N: usize>(&mut self, text: &str) -> anyhow::Result<Vec<[String; N]>> {
        let doing = || format!("reading the database of {}", self.service);
        let mut all = vec![];
        match &mut self.connection {
            Connection::Sqlite(db) => {
                for row in db.fetch_all(AssertSqlSafe(text.to_owned())).await.with_context(doing)? {
                    all.push(array(|at| row.try_get(at))?);
                }
            }
            Connection::Postgres(db) => {
                for row in db.fetch_all(AssertSqlSafe(text.to_owned())).await.with_context(doing)? {
                    all.push(array(|at| row.try_get(at))?);
                }
            }
        }
        Ok(all)
    }

    async fn run(&mut self, text: &str) -> anyhow::Result<()> {
        let doing = || format!("opening a snapshot of {}", self.service);
        match &mut self.connection {
            Connection::Sqlite(db) => {
                db.fetch_all(AssertSqlSafe(text.to_owned())).await.map(drop).with_context(doing)
            }
            Connection::Postgres(db) => {
                db.fetch_all(AssertSqlSafe(text.to_owned())).await.map(drop).with_context(doing)
            }
        }
    }

    /// Ends it.
    pub async fn close(self) -> Judged<()> {
        use holdpoint_chassis::error::OrFault as _;
        match self.connection {
            Connection::Sqlite(db) => db.close().await.or_fault("closing a snapshot"),
            Connection::Postgres(db) => db.close().await.or_fault("closing a snapshot"),
        }
    }
}

fn read_head([incarnation, number, hash]: [String; 3]) -> anyhow::Result<Head> {
    let hash =
        hex::decode(hash)?.try_into().map_err(|_| anyhow::anyhow!("a head's hash is not 32 bytes long"))?;
    Ok(Head { incarnation: incarnation.parse()?, number: number.parse()?, hash })
}

fn array<const N: usize>(
    mut get: impl FnMut(usize) -> Result<String, sqlx::Error>,
) -> anyhow::Result<[String; N]> {
    let values = (0..N).map(&mut get).collect::<Result<Vec<_>, _>>()?;
    values.try_into().map_err(|_| anyhow::anyhow!("a row has too few columns"))
}

fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Null | Cell::Bool(_) => 1,
        Cell::Int(_) => 8,
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
    }
}

fn of_sqlite(row: &SqliteRow, columns: &[(String, Kind)]) -> anyhow::Result<Vec<Cell>> {
    let cells = columns.iter().enumerate().map(|(at, (_, kind))| {
        Ok(match kind {
            Kind::Int => row.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Int),
            Kind::Bool => row.try_get::<Option<bool>, _>(at)?.map_or(Cell::Null, Cell::Bool),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
        })
    });
    cells.collect()
}

fn of_postgres(row: &PgRow, columns: &[(String, Kind)]) -> anyhow::Result<Vec<Cell>> {
    let cells = columns.iter().enumerate().map(|(at, (_, kind))| {
        Ok(match kind {
            Kind::Int => row.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Int),
            Kind::Bool => row.try_get::<Option<bool>, _>(at)?.map_or(Cell::Null, Cell::Bool),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
        })
    });
    cells.collect()
}

async fn sqlite(url: &str, service: &str) -> anyhow::Result<Option<SqliteConnection>> {
    let url = store::file_url(url, service);
    let settings = SqliteConnectOptions::from_str(&url)
        .context("reading the SQLite address")?
        .create_if_missing(false)
        .busy_timeout(std::time::Duration::from_secs(5))
        .disable_statement_logging();
    if !settings.get_filename().is_file() {
        return Ok(None);
    }
    Ok(Some(settings.connect().await.with_context(|| format!("opening the database of {service}"))?))
}

async fn postgres(url: &str, service: &str) -> anyhow::Result<Option<PgConnection>> {
    let server = PgConnectOptions::from_str(url).context("reading the PostgreSQL address")?;
    let database = database_name(&server, service);
    let settings = server
        .database(&database)
        .application_name("holdpoint-operations")
        .options([("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0")])
        .disable_statement_logging();
    match settings.connect().await {
        Ok(connection) => Ok(Some(connection)),
        // 3D000: there is no such database.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("3D000") => Ok(None),
        Err(cause) => Err(cause).with_context(|| format!("connecting to the database of {service}")),
    }
}
