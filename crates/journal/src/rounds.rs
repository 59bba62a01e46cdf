//! Decides how a service looks after what comes due by itself: again and again until the shutdown, and each thing has
//! its turn, whatever became of the others.

use std::future::Future;
use std::time::Duration;

use holdpoint_chassis::error::{Error, Result};
use tokio_util::sync::CancellationToken;

/// Looks again and again until the shutdown. What fails is logged and tried at the next look.
pub async fn every<F, Fut>(period: Duration, shutdown: CancellationToken, name: &'static str, mut look: F)
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<()>> + Send,
{
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(period) => {}
        }
        if let Err(cause) = look().await {
            tracing::warn!(%cause, name, "a timer could not do its work; it looks again");
        }
    }
}

/// What one look over several things came to. One that fails keeps no other from its turn: the first error is told
/// when all had theirs.
#[derive(Debug, Default)]
pub struct Tally {
    done: usize,
    failed: Option<Error>,
}

impl Tally {
    /// Counts one outcome; true is something done.
    pub fn add(&mut self, outcome: Result<bool>) {
        match outcome {
            Ok(done) => self.done += usize::from(done),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
    }

    /// How many were done, or the first error.
    pub fn told(self) -> Result<usize> {
        self.failed.map_or(Ok(self.done), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BUSY, RACE};

    #[test]
    fn the_first_error_is_told_when_all_had_their_turn() {
        let mut tally = Tally::default();
        tally.add(Ok(true));
        tally.add(Ok(false));
        assert_eq!(Tally { done: tally.done, failed: None }.told().unwrap(), 1);
        tally.add(Err(BUSY.refuse("first").into()));
        tally.add(Err(RACE.refuse("second").into()));
        tally.add(Ok(true));
        assert_eq!(tally.done, 2);
        assert_eq!(tally.told().unwrap_err().code(), Some(BUSY.code));
    }
}
