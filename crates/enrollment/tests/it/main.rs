//! Enrollment as its callers meet it: over gRPC, through the server stack, on SQLite and on PostgreSQL, beside a
//! safety whose answers a test decides.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the lint's exception for tests does not reach their helpers"
)]

mod activation;
mod course;
mod crowd;
mod flags;
mod house;
mod lost_permits;
mod methods;
mod milestones;
mod notices;
mod person;
mod privacy;
mod randomization;
mod reactions;
mod restore;
mod safety;
mod screening;
mod stories;
mod strata;
