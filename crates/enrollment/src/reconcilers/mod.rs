//! What comes due by itself: safety was not told yet, an allocation nobody acknowledged.

mod tell_again;
mod unacknowledged;

use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;

/// Looks for what is due, again and again, until shut down. What fails is looked at again the next time.
pub async fn run(ctx: Ctx, shutdown: CancellationToken) {
    let mut seen = tell_again::FirstSeen::default();
    loop {
        if let Err(error) = tell_again::run(&ctx, &mut seen).await {
            tracing::warn!(%error, "telling safety again did not work this time");
        }
        if let Err(error) = unacknowledged::run(&ctx).await {
            tracing::warn!(%error, "looking for unacknowledged allocations did not work this time");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(ctx.config.tell_again_every()) => {}
        }
    }
}
