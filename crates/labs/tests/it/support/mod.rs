//! What the suite stands on: a database of each kind, enrollment, dosing and safety as real journals, a registered feed,
//! and subjects to report on.

mod peers;
mod reports;
mod world;

pub use reports::{Analyte, Said, at, time};
pub use world::{Doer, FEED, TRIAL, World, code};

/// A database for one test.
pub struct Db {
    pub url: String,
    folder: Option<tempfile::TempDir>,
}

impl Db {
    pub fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Some(Self { url: format!("sqlite://{}/", folder.path().display()), folder: Some(folder) })
    }

    pub fn postgres() -> Option<Self> {
        holdpoint_testkit::servers::postgres().map(|url| Self { url, folder: None })
    }

    /// All that a service's SQLite files hold, as text.
    pub fn stored(&self, service: &str) -> String {
        let folder = self.folder.as_ref().expect("an SQLite database").path();
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let own = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(service));
        own.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect()
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
