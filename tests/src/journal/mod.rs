//! A journal as its tables hold it, for tests that tamper with it: reads rows, changes them, and knows how a row's hash is made,
//! in code of its own, as an attacker would who has read the source.

mod database;
mod tamper;

pub use database::Database;
pub use tamper::{TABLES, Tampering, change_byte, tamper};
