//! The server stack over a real connection: what a caller, an attacker and an operator meet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abuse;
mod calls;
mod clocks;
mod ends;
mod process;
mod stub;
mod tls;
