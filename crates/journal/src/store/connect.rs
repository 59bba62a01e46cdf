//! Decides how a database is reached and what every connection is set to: durable commits, time-outs, and on
//! PostgreSQL a probe that throws away connections to a server that was demoted (reliability.md D3); on SQLite one that
//! throws away a connection whose transaction did not end (F17).

use std::str::FromStr as _;
use std::time::Duration;

use holdpoint_chassis::error::{Error, OrFault as _, Result};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::Options;

pub(super) struct Connected {
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
}

const READERS: u32 = 4;
const PROBE_IDLE: Duration = Duration::from_secs(1);

pub(super) async fn connect(url: &str, service: &str, options: &Options) -> Result<Connected> {
    if is_file(url) {
        return sqlite(url, service, options).await;
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return postgres(url, service, options).await;
    }
    Err(Error::fault(anyhow::anyhow!("a store's address begins with sqlite: or postgres:")))
}

/// Whether an address is that of SQLite files.
pub(crate) fn is_file(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// The address of a service's own file: in a folder, the one of its name.
pub(crate) fn file_url(url: &str, service: &str) -> String {
    if url.ends_with('/') { format!("{url}{service}.db") } else { url.to_owned() }
}

/// The name of a service's database on a server.
pub(crate) fn database_name(server: &PgConnectOptions, service: &str) -> String {
    match server.get_database() {
        None | Some("" | "postgres") => format!("holdpoint_{service}"),
        Some(name) => format!("{name}_{service}"),
    }
}

async fn sqlite(url: &str, service: &str, options: &Options) -> Result<Connected> {
    let url = file_url(url, service);
    let memory = url.contains(":memory:");
    let flush = if options.scratch { SqliteSynchronous::Off } else { SqliteSynchronous::Full };
    let settings = SqliteConnectOptions::from_str(&url)
        .or_fault("reading the SQLite address")?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(flush)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    if let Some(folder) = settings.get_filename().parent().filter(|_| !memory) {
        std::fs::create_dir_all(folder).or_fault("making the folder of the SQLite database")?;
    }
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(options.acquire)
        // SQLite rolls a transaction back by itself when the disk is full or broken. The driver, whose own rollback then
        // fails, counts it as open and begins the next ones as savepoints inside it: a commit of such a one would be answered
        // and not be stored. The connection is thrown away, and with it what it did not commit.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .connect_with(settings.clone())
        .await
        .or_fault("opening the SQLite database")?;
    let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer);
    if memory {
        return Ok(Connected { read: write.clone(), write });
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS.min(options.connections))
        .test_before_acquire(false)
        .acquire_timeout(options.acquire)
        .connect_lazy_with(settings.pragma("query_only", "ON"));
    Ok(Connected { write, read: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers) })
}

async fn postgres(url: &str, service: &str, options: &Options) -> Result<Connected> {
    let server = PgConnectOptions::from_str(url).or_fault("reading the PostgreSQL address")?;
    let database = database_name(&server, service);
    create_database(&server, &database).await?;
    let settings = server
        .database(&database)
        .application_name(&format!("{} {service}", options.program))
        .options([
            ("statement_timeout", "5000"),
            ("lock_timeout", "2000"),
            ("idle_in_transaction_session_timeout", "10000"),
            ("synchronous_commit", "on"),
            ("default_transaction_isolation", "read committed"),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.acquire)
        .max_lifetime(Duration::from_secs(300))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(
                async move { if meta.idle_for > PROBE_IDLE { leads(connection).await } else { Ok(true) } },
            )
        })
        .connect_with(settings)
        .await
        .or_fault("connecting to PostgreSQL")?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Connected { read: connection.clone(), write: connection })
}

/// Whether the server at the other end takes writes. One in recovery was demoted; its connection is thrown away.
async fn leads(connection: &mut PgConnection) -> std::result::Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT NOT pg_is_in_recovery()").fetch_one(connection).await
}

/// Makes the database where it is absent. Two services may try at once: the loser finds it made.
async fn create_database(server: &PgConnectOptions, database: &str) -> Result<()> {
    let direct = server.clone().database(database).disable_statement_logging();
    if let Ok(connection) = direct.connect().await {
        return connection.close().await.or_fault("closing the first connection");
    }
    let mut admin = server
        .clone()
        .database("postgres")
        .disable_statement_logging()
        .connect()
        .await
        .or_fault("connecting to the PostgreSQL server")?;
    let quoted = database.replace('"', "\"\"");
    let made = admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{quoted}\""))).await;
    admin.close().await.or_fault("closing the administrative connection")?;
    match made {
        Ok(_) => Ok(()),
        Err(cause) if already_there(&cause) => Ok(()),
        Err(cause) => Err(Error::Fault(
            anyhow::Error::new(cause)
                .context(format!("the database {database} is absent and cannot be made")),
        )),
    }
}

/// 42P04, 42710: a database or role exists; 23505: two made it at the same moment.
pub(super) fn already_there(cause: &sqlx::Error) -> bool {
    cause
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| ["42P04", "42710", "23505"].contains(&code.as_ref()))
}
