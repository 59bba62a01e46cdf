//! What the suite stands on: a database of each kind, four peers with real journals, and a trial with a subject.

mod acts;
mod peers;
mod world;

pub use holdpoint_testkit::Db;
pub use world::{Doer, TRIAL, World, at, code, day, time};

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => { holdpoint_testkit::on_both_databases!(crate::support::World::new => $($name),+); };
}
pub(crate) use on_both_databases;
