//! What comes due by itself: on a timer, without input. A restart decides nothing and voids nothing of a claimed start.

pub mod unclaimed;
pub mod unconfirmed;

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
#[derive(Default)]
pub(crate) struct Tally {
    done: usize,
    failed: Option<Error>,
}

impl Tally {
    /// Counts one outcome; true is something done.
    pub(crate) fn add(&mut self, outcome: Result<bool>) {
        match outcome {
            Ok(done) => self.done += usize::from(done),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
    }

    /// How many were done, or the first error.
    pub(crate) fn told(self) -> Result<usize> {
        self.failed.map_or(Ok(self.done), Err)
    }
}
