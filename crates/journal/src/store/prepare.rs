//! Gives a service a database and a role of its own on PostgreSQL: the role owns that database, may do nothing else, and waits
//! for nothing long. Done with a superuser's address, which no service has.

use std::str::FromStr as _;

use holdpoint_chassis::config::SecretUrl;
use holdpoint_chassis::error::{Error, OrFault as _, Result};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::connect::{already_there, database_name};

/// More than the service's pool, less than the server has.
const CONNECTIONS: u32 = 24;

/// Any number that no other program locks: "prep" in ASCII.
const LOCK: i64 = 0x7072_6570;

/// What holds in every session of the role, whatever the program asks for.
const LIMITS: &[(&str, &str)] =
    &[("statement_timeout", "5s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "10s")];

pub(super) async fn prepare(superuser: &str, url: &str, service: &str) -> Result<()> {
    let server = PgConnectOptions::from_str(superuser).or_fault("reading the superuser's address")?;
    let wanted = PgConnectOptions::from_str(url).or_fault("reading the service's address")?;
    let secret = SecretUrl::new(url);
    let password = secret.password().unwrap_or_default();
    if password.is_empty() || !password.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::fault(anyhow::anyhow!(
            "the address of {service}'s database must carry a password of letters and digits; `holdpoint init secrets` makes one"
        )));
    }
    let (role, database) = (quoted(wanted.get_username()), quoted(&database_name(&wanted, service)));
    let mut admin = server.disable_statement_logging().connect().await.or_fault("connecting as superuser")?;
    // The password stands in a statement; a server that logs statements must not keep it. Only a superuser may say so.
    let _ = admin.execute("SET log_statement = 'none'; SET log_min_error_statement = 'panic'").await;
    // Two at once would change the same role; the lock ends with the connection.
    all(&mut admin, &format!("SELECT pg_advisory_lock({LOCK})")).await?;
    let attributes = format!(
        "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {CONNECTIONS} PASSWORD '{password}'"
    );
    once(&mut admin, &format!("CREATE ROLE {role}")).await?;
    all(&mut admin, &format!("ALTER ROLE {role} {attributes}")).await?;
    all(&mut admin, &format!("GRANT {role} TO CURRENT_USER")).await?;
    once(&mut admin, &format!("CREATE DATABASE {database} OWNER {role}")).await?;
    all(&mut admin, &format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await?;
    for (setting, value) in LIMITS {
        all(&mut admin, &format!("ALTER ROLE {role} IN DATABASE {database} SET {setting} = '{value}'"))
            .await?;
    }
    admin.close().await.or_fault("closing the superuser's connection")
}

async fn all(admin: &mut PgConnection, text: &str) -> Result<()> {
    admin.execute(AssertSqlSafe(text.to_owned())).await.or_fault("preparing roles and databases").map(drop)
}

/// What is there already is well.
async fn once(admin: &mut PgConnection, text: &str) -> Result<()> {
    match admin.execute(AssertSqlSafe(text.to_owned())).await {
        Err(cause) if !already_there(&cause) => Err(cause).or_fault("making a role or database"),
        _ => Ok(()),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
