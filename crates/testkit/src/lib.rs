//! What tests stand on: private database and message servers. Development only; no service depends on it.

mod databases;
pub mod servers;

pub use databases::Db;
