//! What a handler asks of the stack: who is calling, work that outlives the caller, and another try after a race.

use std::future::Future;
use std::time::Duration;

use tokio::time::sleep;
use tonic::Request;
use tracing::Instrument;

use super::deadline;
use crate::error::{Error, Result, catalog};
use crate::identity::Actor;
use crate::ids::random_bytes;

/// How often work is tried that loses races.
const TRIES: u32 = 5;

/// Who is calling. The stack has checked the token; a call that did not come through the stack has no actor.
pub fn actor<T>(request: &Request<T>) -> Result<Actor> {
    request
        .extensions()
        .get::<Actor>()
        .cloned()
        .ok_or_else(|| catalog::UNAUTHENTICATED.refuse("the call was not checked by the server stack").into())
}

/// Runs work to its end even if whoever waits for it goes away. The stack does so by itself for every
/// handler; this is for other work that must not stop half-way.
pub async fn spawned<T, F>(work: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let task = tokio::spawn(deadline::carry(deadline::current(), work).in_current_span());
    task.await.unwrap_or_else(|gone| Err(Error::fault(anyhow::anyhow!("the work was not finished: {gone}"))))
}

/// Does the work again when it lost a version race, from its beginning, at most five times, after a wait that differs
/// from one loser to the next. Every other refusal and every fault is final.
pub async fn with_retries<T, F, Fut>(mut work: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    for turn in 1..TRIES {
        match work().await {
            Err(error) if error.code() == Some(catalog::VERSION_RACE.code) => {
                let [dice] = random_bytes::<1>();
                tracing::debug!(turn, "lost a version race; trying again");
                sleep(Duration::from_millis((1_u64 << turn) * (2 + u64::from(dice % 8)))).await;
            }
            done => return done,
        }
    }
    work().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn tried(outcome: impl Fn(u32) -> Result<u32>) -> (Result<u32>, u32) {
        let tries = AtomicU32::new(0);
        let done = with_retries(|| {
            let turn = tries.fetch_add(1, Ordering::SeqCst) + 1;
            let outcome = outcome(turn);
            async move { outcome }
        })
        .await;
        (done, tries.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_lost_race_is_tried_again_and_not_for_ever() {
        let race = || -> Result<u32> { Err(catalog::VERSION_RACE.refuse("row").into()) };
        let (done, tries) = tried(|turn| if turn < 3 { race() } else { Ok(turn) }).await;
        assert_eq!((done.unwrap(), tries), (3, 3));
        let (done, tries) = tried(|_| race()).await;
        assert_eq!((done.unwrap_err().code(), tries), (Some("SYS-0007"), 5));
        let other = crate::error::Refused::new("SAF-0001", crate::error::Reason::Aborted, "a repeated ask");
        assert_eq!(tried(move |_| Err(other.clone().into())).await.1, 1);
        assert_eq!(tried(|_| Err(Error::fault(anyhow::anyhow!("disk")))).await.1, 1);
    }

    #[tokio::test]
    async fn spawned_work_outlives_whoever_waits() {
        let (started, wait_started) = tokio::sync::oneshot::channel();
        let (go, wait_go) = tokio::sync::oneshot::channel::<()>();
        let (done, wait_done) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(spawned(async move {
            let _ = started.send(());
            let _ = wait_go.await;
            let _ = done.send(());
            Ok(())
        }));
        wait_started.await.unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        go.send(()).unwrap();
        wait_done.await.unwrap();
    }
}
