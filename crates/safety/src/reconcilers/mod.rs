//! What comes due by itself: lives that are over, peers and services that stay silent, deadlines, alerts that nobody took. Each
//! looks at what is stored and does what is due, once, however often and by however many copies it is asked.

pub mod obligations_due;
pub mod overdue_alerts;
pub mod peers_shown;
pub mod restored_trials;
pub mod silent_services;
pub mod standing_holds;
pub mod waiting_holds;

use std::collections::BTreeSet;
use std::time::Duration;

use holdpoint_chassis::error::Result;
use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::peers::Followers;

/// How soon after its life a permit's hold becomes effective, at most.
const HOLDS: Duration = Duration::from_millis(100);
/// How soon anything else that is due is done, at most.
const REST: Duration = Duration::from_secs(1);

/// Makes holds effective whose time has come, until shut down.
pub async fn holds(ctx: Ctx, shutdown: CancellationToken) {
    let mut told = Told::default();
    while !shutdown.is_cancelled() {
        told.of(waiting_holds::run(&ctx).await);
        pause(HOLDS, &shutdown).await;
    }
}

/// Does all else that comes due, until shut down.
pub async fn rest(ctx: Ctx, followers: Followers, shutdown: CancellationToken) {
    let mut told = Told::default();
    while !shutdown.is_cancelled() {
        told.of(restored_trials::run(&ctx).await);
        told.of(peers_shown::run(&ctx, &followers).await);
        told.of(standing_holds::run(&ctx).await);
        told.of(silent_services::run(&ctx).await);
        told.of(obligations_due::run(&ctx).await);
        told.of(overdue_alerts::run(&ctx).await);
        pause(REST, &shutdown).await;
    }
}

async fn pause(length: Duration, shutdown: &CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = tokio::time::sleep(length) => {}
    }
}

/// What was logged, so that a lasting trouble is told once and not with every tick.
#[derive(Default)]
struct Told {
    before: BTreeSet<String>,
}

impl Told {
    fn of(&mut self, done: Result<usize>) {
        let Err(cause) = done else { return };
        let words = cause.to_string();
        if self.before.len() < 100 && self.before.insert(words.clone()) {
            tracing::warn!(cause = words, "what comes due was not looked at; it is tried again");
        }
    }
}
