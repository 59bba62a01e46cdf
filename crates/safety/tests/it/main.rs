//! Safety as its callers and its peers meet it: one suite on SQLite and on PostgreSQL. The four others are real journals of
//! their own, served as they serve them and read as safety reads them.
#![expect(clippy::unwrap_used, reason = "the lint's exception for tests does not reach their helpers")]

/// Runs each case on both databases.
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $case() {
                super::$case($crate::support::House::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test] async fn $case() {
                if let Some(house) = $crate::support::House::postgres().await {
                    super::$case(house).await;
                }
            })*
        }
    };
}

mod adverse_events;
mod alerts;
mod boards;
mod candidates;
mod escalation;
mod going_back;
mod holds;
mod obligations;
mod orders;
mod permits;
mod releases;
mod reports;
mod storm;
mod support;
