//! A report is taken: it is not refused because others were quicker, because the database was busy, or because a commit's
//! line broke. Each further try begins with the kept answer, so a report that was taken is not taken twice.

use std::time::Duration;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::server::with_retries;
use holdpoint_journal::{BUSY, RACE, commit_unknown};

/// How often it is tried, each time with the tries of a race.
const ROUNDS: u32 = 10;
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(100);

/// Tries until it is taken, is refused for what it says, or a fault stays.
pub(super) async fn until_taken<T, F, Fut>(mut work: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    for round in 1..ROUNDS {
        match with_retries(&mut work).await {
            Err(error) if error.code().is_some_and(passes) || commit_unknown(&error) => {
                tracing::warn!(round, cause = %error, "a report could not be taken yet; it is tried again");
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
    with_retries(work).await
}

fn passes(code: &str) -> bool {
    code == RACE.code || code == BUSY.code
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use holdpoint_chassis::error::Error;

    use super::*;
    use crate::error::MALFORMED;

    async fn tried(outcome: impl Fn(u32) -> Result<u32>) -> (Result<u32>, u32) {
        let tries = AtomicU32::new(0);
        let done = until_taken(|| {
            let outcome = outcome(tries.fetch_add(1, Ordering::SeqCst) + 1);
            async move { outcome }
        })
        .await;
        (done, tries.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_database_is_waited_for_and_a_malformed_report_is_not() {
        let busy = |turn| if turn < 8 { Err(BUSY.refuse("no connection").into()) } else { Ok(turn) };
        assert_eq!(tried(busy).await.0.unwrap(), 8);
        let race = |turn| if turn < 40 { Err(RACE.refuse("locked").into()) } else { Ok(turn) };
        assert_eq!(tried(race).await.0.unwrap(), 40);
        assert_eq!(tried(|_| Err(MALFORMED.refuse("no term").into())).await.1, 1);
        assert_eq!(tried(|_| Err(Error::fault(anyhow::anyhow!("disk")))).await.1, 1);
        assert!(tried(|_| Err(BUSY.refuse("no connection").into())).await.0.is_err());
    }
}
