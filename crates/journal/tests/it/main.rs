//! One suite for the journal on both databases and both buses.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the lint's exception for tests does not reach their helpers"
)]

mod answers;
mod append;
mod copies;
mod delivery;
mod gathered;
mod incarnation;
mod lease;
mod parked;
mod passing;
mod questions;
mod restore;
mod store;
mod support;
mod verify;
