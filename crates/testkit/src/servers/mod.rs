//! Decides how tests get a PostgreSQL and a NATS server of their own: one of each for a whole test run, started by the
//! first test that asks, stopped when the runner ends. Where the programs are absent the test is skipped, in words.

mod keeper;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

pub use keeper::Private;

const POSTGRES: &str = include_str!("postgres.sh");
const NATS: &str = include_str!("nats.sh");

/// The address of a PostgreSQL server with a database name that no other test uses, or nothing, said in words, where
/// this machine has no PostgreSQL. It does not flush to disk: it is for tests only.
pub fn postgres() -> Option<String> {
    let bin = postgres_bin()?;
    let server = keeper::shared("pg", POSTGRES, &[("BIN", &bin), ("DURABLE", "off")]);
    Some(format!("{}/t{}", started(server, "PostgreSQL"), unique()))
}

/// A PostgreSQL server for the caller alone, which flushes to disk as in production where `durable`. Stops on drop.
pub fn private_postgres(durable: bool) -> Option<Private> {
    let bin = postgres_bin()?;
    let durable = if durable { "on" } else { "off" };
    Some(started(keeper::private("pg", POSTGRES, &[("BIN", &bin), ("DURABLE", durable)]), "PostgreSQL"))
}

/// The address of the test run's NATS server with JetStream, or nothing where this machine has none.
pub fn nats() -> Option<String> {
    let bin = nats_bin()?;
    Some(started(keeper::shared("nats", NATS, &[("BIN", &bin)]), "NATS"))
}

/// A NATS server for the caller alone. Stops on drop.
pub fn private_nats() -> Option<Private> {
    let bin = nats_bin()?;
    Some(started(keeper::private("nats", NATS, &[("BIN", &bin)]), "NATS"))
}

/// The nats-server of this machine, for a test that starts and stops it itself; nothing where there is none.
pub fn nats_program() -> Option<PathBuf> {
    nats_bin().map(PathBuf::from)
}

/// The folder of PostgreSQL's programs, for a test that starts and stops a server itself; nothing where there is none.
pub fn postgres_programs() -> Option<PathBuf> {
    postgres_bin().map(PathBuf::from)
}

/// A word that no other test of this run uses: for database, stream and consumer names.
pub fn unique() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}

/// A server that is installed and does not start is a failure, not a reason to skip.
fn started<T>(outcome: anyhow::Result<T>, what: &str) -> T {
    match outcome {
        Ok(server) => server,
        #[expect(clippy::panic, reason = "a test that cannot have its server has failed")]
        Err(cause) => panic!("{what} is installed and did not start: {cause:#}"),
    }
}

fn postgres_bin() -> Option<String> {
    let mut homes: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .chain([PathBuf::from("/usr/local/bin"), PathBuf::from("/usr/bin")])
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    homes.sort();
    found(homes.first(), "PostgreSQL")
}

fn nats_bin() -> Option<String> {
    let places = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
    let bin = places.iter().map(Path::new).find(|path| path.exists()).map(Path::to_path_buf);
    found(bin.as_ref(), "NATS")
}

#[expect(clippy::print_stderr, reason = "a skipped test says so where the runner shows it")]
fn found(path: Option<&PathBuf>, what: &str) -> Option<String> {
    if path.is_none() {
        eprintln!("skipped: this machine has no {what} server");
    }
    path.map(|path| path.display().to_string())
}
