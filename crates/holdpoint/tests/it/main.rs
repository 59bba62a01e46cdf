//! The program as people meet it: its command line, and the demo from beginning to end.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the lint's exception for tests does not reach their helpers"
)]

mod cli;
mod demo;
mod install;
mod program;
