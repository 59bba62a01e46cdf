//! One suite for labs on both databases: reports and what becomes of them, what follows from counts, and the stories of
//! what went wrong elsewhere.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod candidates;
mod derived;
mod hl7;
mod holds;
mod people;
mod quarantine;
mod speed;
mod stories;
mod support;
