//! What the suite stands on: a database of each kind, four peers with real journals, and a trial with a subject.

mod acts;
mod peers;
mod world;

pub use world::{Doer, TRIAL, World, at, code, day, time};

/// A database for one test.
pub struct Db {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Db {
    pub fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Some(Self { url: format!("sqlite://{}/", folder.path().display()), _folder: Some(folder) })
    }

    pub fn postgres() -> Option<Self> {
        holdpoint_testkit::servers::postgres().map(|url| Self { url, _folder: None })
    }
}

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = crate::support::Db::sqlite() else { return };
            super::$name(crate::support::World::new(db).await).await;
        })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
            let Some(db) = crate::support::Db::postgres() else { return };
            super::$name(crate::support::World::new(db).await).await;
        })+ }
    };
}
pub(crate) use on_both_databases;
