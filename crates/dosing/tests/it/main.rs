//! One suite for dosing on both databases: every rpc, its refusals, and the ways in which a start can go wrong.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod crashes;
mod doses;
mod events;
mod holds;
mod people;
mod races;
mod starts;
mod stories;
mod support;
mod treatments;
mod weights_and_lots;
