//! What the suite stands on: a database of each kind, enrollment, dosing and safety as real journals, a registered feed,
//! and subjects to report on.

pub mod messages;
mod peers;
mod reports;
mod world;

pub use holdpoint_testkit::Db;

pub use reports::{Analyte, Said, at, time};
pub use world::{Doer, FEED, TRIAL, World, code};

/// All that a service's SQLite files hold, as text.
pub fn stored(db: &Db, service: &str) -> String {
    let files = std::fs::read_dir(db.folder().expect("an SQLite database")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let own = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(service));
    own.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect()
}

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => { holdpoint_testkit::on_both_databases!(crate::support::World::new => $($name),+); };
}
pub(crate) use on_both_databases;
