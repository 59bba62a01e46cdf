//! What tests stand on: private database and message servers. Development only; no service depends on it.

pub mod servers;
