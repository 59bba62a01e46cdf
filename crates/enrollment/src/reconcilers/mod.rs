//! What comes due by itself: safety was not told yet, an allocation nobody acknowledged, a permit nobody claimed.

mod tell_again;
mod unacknowledged;
mod unclaimed;

use holdpoint_journal::Follower;
use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;

/// Looks for what is due, again and again, until shut down. What fails is looked at again the next time.
pub async fn run(ctx: Ctx, safety: Follower, shutdown: CancellationToken) {
    let mut seen = tell_again::FirstSeen::default();
    loop {
        if let Err(error) = tell_again::run(&ctx, &mut seen).await {
            tracing::warn!(%error, "telling safety again did not work this time");
        }
        if let Err(error) = unacknowledged::run(&ctx).await {
            tracing::warn!(%error, "looking for unacknowledged allocations did not work this time");
        }
        if let Err(error) = unclaimed::run(&ctx, &safety).await {
            tracing::warn!(%error, "voiding permits that nobody claimed did not work this time");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(ctx.config.tell_again_every()) => {}
        }
    }
}
