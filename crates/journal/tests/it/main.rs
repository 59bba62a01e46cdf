//! One suite for the journal on both databases and both buses.

mod answers;
mod append;
mod delivery;
mod incarnation;
mod lease;
mod parked;
mod store;
mod support;
mod verify;
