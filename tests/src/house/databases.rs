//! Copies of a service's database, as a backup makes them, and putting one back. The process that uses it must not run.
//! SQLite: its files. PostgreSQL: a database made from it as a template.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::{Databases, House, Kind, Plan, Postgres, SERVICES};

/// The address of databases that no other house uses, and the server where it is the house's own; none where this machine has
/// no PostgreSQL.
pub(super) async fn server(plan: Plan) -> anyhow::Result<Option<(String, Option<Postgres>)>> {
    if plan.databases == Databases::Shared {
        return Ok(holdpoint_testkit::servers::postgres().map(|address| (address, None)));
    }
    let server = Postgres::open(plan.databases == Databases::Durable, plan.on_disks).await?;
    Ok(server.map(|server| (format!("{}/house", server.url()), Some(server))))
}

/// A copy of one service's database.
#[derive(Debug, Clone)]
pub struct Copy {
    service: String,
    /// A folder, or the name of a database.
    kept: String,
}

impl House {
    /// Copies a service's database.
    pub async fn copy(&self, service: &str) -> anyhow::Result<Copy> {
        self.must_rest(service)?;
        let kept = format!("copy{}", holdpoint_testkit::servers::unique());
        match self.kind {
            Kind::Embedded => {
                let folder = self.folder.path().join(&kept);
                std::fs::create_dir(&folder)?;
                put_files(&self.data(), &folder, service)?;
            }
            Kind::Apart => self.duplicate(&self.database(service)?, &kept).await?,
        }
        Ok(Copy { service: service.to_owned(), kept })
    }

    /// Puts a copy in the place of the database it was made from.
    pub async fn restore(&self, copy: &Copy) -> anyhow::Result<()> {
        self.must_rest(&copy.service)?;
        match self.kind {
            Kind::Embedded => put_files(&self.folder.path().join(&copy.kept), &self.data(), &copy.service),
            Kind::Apart => self.duplicate(&copy.kept, &self.database(&copy.service)?).await,
        }
    }

    /// Copies every database that the house was opened with, and answers the address of the copies.
    pub async fn copy_all(&self) -> anyhow::Result<String> {
        let store = self.room_for(&format!("copy{}", holdpoint_testkit::servers::unique()))?;
        for service in SERVICES {
            self.must_rest(service)?;
            match self.kind {
                Kind::Embedded => put_files(&self.data(), Path::new(&store), service)?,
                Kind::Apart => {
                    let (_, name) = store.rsplit_once('/').context("a PostgreSQL address")?;
                    self.duplicate(&self.database(service)?, &format!("{name}_{service}")).await?;
                }
            }
        }
        Ok(store)
    }

    /// Starts the house on other databases of its kind, with a bus that has forgotten everything.
    pub async fn live_in(&mut self, store: &str) -> anyhow::Result<()> {
        for service in SERVICES {
            self.must_rest(service)?;
        }
        if let Some(nats) = &mut self.nats {
            nats.forget().await?;
        }
        store.clone_into(&mut self.store);
        self.start_all(&SERVICES).await
    }

    /// Address for databases of another name beside the house's own, as `--store` takes it.
    pub fn room_for(&self, name: &str) -> anyhow::Result<String> {
        if self.kind == Kind::Apart {
            let (server, own) = self.home.rsplit_once('/').context("a PostgreSQL address")?;
            return Ok(format!("{server}/{own}_{name}"));
        }
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder)?;
        Ok(folder.display().to_string())
    }

    fn must_rest(&self, service: &str) -> anyhow::Result<()> {
        ensure!(self.running(service).is_err(), "{service} must be stopped while its database is copied");
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn database(&self, service: &str) -> anyhow::Result<String> {
        let (_, name) = self.home.rsplit_once('/').context("a PostgreSQL address")?;
        Ok(format!("{name}_{service}"))
    }

    /// Makes `to` a copy of the database `from`, whatever it was.
    async fn duplicate(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (server, _) = self.home.rsplit_once('/').context("a PostgreSQL address")?;
        let mut admin = PgConnection::connect(&format!("{server}/postgres")).await?;
        // A process that was killed may leave a session behind for a moment; it would stand in the way.
        let drop = format!("DROP DATABASE IF EXISTS \"{to}\" WITH (FORCE)");
        admin.execute(AssertSqlSafe(drop)).await?;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(end).bind(from).execute(&mut admin).await?;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE \"{to}\" TEMPLATE \"{from}\""))).await?;
        admin.close().await?;
        Ok(())
    }
}

/// Puts a service's files (database, write-ahead log) from one folder into another, in place of those there.
fn put_files(from: &Path, to: &Path, service: &str) -> anyhow::Result<()> {
    for name in files(to, service)? {
        std::fs::remove_file(to.join(name))?;
    }
    let names = files(from, service)?;
    ensure!(!names.is_empty(), "{} holds no database of {service}", from.display());
    for name in names {
        std::fs::copy(from.join(&name), to.join(&name))?;
    }
    Ok(())
}

fn files(folder: &Path, service: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{service}.db")) {
            names.push(name);
        }
    }
    Ok(names)
}
