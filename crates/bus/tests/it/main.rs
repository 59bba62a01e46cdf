//! One behavior suite for both buses, and what only JetStream can get wrong.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the lint's exception for tests does not reach their helpers"
)]

mod jetstream;
mod permissions;
mod suite;
