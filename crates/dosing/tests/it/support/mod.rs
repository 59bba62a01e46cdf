//! What the suite stands on: a database of each kind, enrollment and safety as test peers with real journals, and a
//! trial with subjects to dose.

mod acts;
mod peers;
mod safety_peer;
mod world;

pub use safety_peer::Script;
pub use world::{Doer, TRIAL, World, at, code, holds_of, time};

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => { holdpoint_testkit::on_both_databases!(crate::support::World::new => $($name),+); };
}
pub(crate) use on_both_databases;
