//! One service's database, spoken to in plain SQL; bytes go in as literals and come out as hexadecimal, so that both kinds of
//! database are handled by the same few lines.

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

/// A connection to a SQLite file or a PostgreSQL database.
pub enum Database {
    /// A file.
    Sqlite(SqliteConnection),
    /// A server's database.
    Postgres(PgConnection),
}

impl Database {
    /// Opens the database of a service at an address as `--store` takes it: a folder, or a PostgreSQL address.
    pub async fn open(store: &str, service: &str) -> anyhow::Result<Self> {
        if store.starts_with("postgres://") {
            let address = format!("{store}_{service}");
            return Ok(Self::Postgres(PgConnection::connect(&address).await?));
        }
        let address = format!("sqlite://{store}/{service}.db");
        Ok(Self::Sqlite(SqliteConnection::connect(&address).await?))
    }

    /// Runs one statement.
    pub async fn run(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(db) => {
                db.execute(AssertSqlSafe(text)).await.with_context(|| text.to_owned())?;
            }
            Self::Postgres(db) => {
                db.execute(AssertSqlSafe(text)).await.with_context(|| text.to_owned())?;
            }
        }
        Ok(())
    }

    /// Rows of texts; every column asked for must be a text.
    pub async fn texts(&mut self, text: &str, columns: usize) -> anyhow::Result<Vec<Vec<String>>> {
        let mut all = Vec::new();
        match self {
            Self::Sqlite(db) => {
                for row in db.fetch_all(AssertSqlSafe(text)).await.with_context(|| text.to_owned())? {
                    all.push((0..columns).map(|at| row.try_get(at)).collect::<Result<_, _>>()?);
                }
            }
            Self::Postgres(db) => {
                for row in db.fetch_all(AssertSqlSafe(text)).await.with_context(|| text.to_owned())? {
                    all.push((0..columns).map(|at| row.try_get(at)).collect::<Result<_, _>>()?);
                }
            }
        }
        Ok(all)
    }

    /// Bytes as a literal.
    pub fn literal(&self, bytes: &[u8]) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{}'", hex::encode(bytes)),
            Self::Postgres(_) => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }

    /// A column of bytes as hexadecimal text.
    pub fn hex(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("encode({column}, 'hex')"),
        }
    }

    /// Ends the session; what was written is in the database.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(db) => db.close().await?,
            Self::Postgres(db) => db.close().await?,
        }
        Ok(())
    }
}
