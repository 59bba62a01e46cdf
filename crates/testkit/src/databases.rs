//! A database of each kind for one test, and the suite that runs on both: what holds on SQLite holds on PostgreSQL.

use std::path::Path;

use tempfile::TempDir;

use crate::servers;

/// A database for one test.
pub struct Db {
    /// What a service's store is opened with.
    pub url: String,
    folder: Option<TempDir>,
}

impl Db {
    /// SQLite, in files that go with the test.
    #[expect(clippy::expect_used, reason = "a test that cannot have its folder has failed")]
    pub fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for a test");
        Some(Self { url: format!("sqlite://{}/", folder.path().display()), folder: Some(folder) })
    }

    /// PostgreSQL; nothing, said in words, where this machine has none.
    pub fn postgres() -> Option<Self> {
        servers::postgres().map(|url| Self { url, folder: None })
    }

    /// Where SQLite's files are.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

/// Runs each test on SQLite and on PostgreSQL, on what is made of the database.
#[macro_export]
macro_rules! on_both_databases {
    ($make:path => $($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = $crate::Db::sqlite() else { return };
            super::$name($make(db).await).await;
        })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = $crate::Db::postgres() else { return };
            super::$name($make(db).await).await;
        })+ }
    };
}
