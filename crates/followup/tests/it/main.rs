//! One suite for followup on both databases: the schedules written out by hand, every rpc with its refusals, and what
//! results, doses, holds and days make of visits.

#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod batches;
mod days;
mod golden;
mod holds;
mod orders;
mod records;
mod results;
mod speed;
mod support;
mod trials;
