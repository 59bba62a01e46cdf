//! What comes due by itself: on a timer, without input.

pub mod responses_due;

use std::future::Future;
use std::time::Duration;

use holdpoint_chassis::error::Result;
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
