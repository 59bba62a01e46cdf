//! Decides how a service looks after what comes due by itself: again and again until the shutdown, and each thing has
//! its turn, whatever became of the others.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use holdpoint_chassis::clock::Civil;
use holdpoint_chassis::error::{Error, Result};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// What comes due at the beginning of a day or an hour has come due in its first stretch of so many seconds: every time zone's days
/// begin on such a mark.
const STRETCH_S: i64 = 15 * 60;

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

/// What a service does about what came due by civil time. A timer does it again and again; whoever asks how far the service has come
/// is answered after it was done, so that what is done on a day hangs on the civil clock and not on when the timer runs.
#[derive(Clone)]
pub struct ComesDue {
    civil: Civil,
    look: Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>,
    /// The stretch of civil time in which it was done last.
    done: Arc<Mutex<Option<i64>>>,
}

impl ComesDue {
    /// Done by `look`.
    pub fn new(
        civil: Civil,
        look: impl Fn() -> BoxFuture<'static, Result<()>> + Send + Sync + 'static,
    ) -> Self {
        Self { civil, look: Arc::new(look), done: Arc::default() }
    }

    /// Does what has come due, one look at a time.
    pub async fn look(&self) -> Result<()> {
        let mut done = self.done.lock().await;
        self.look_in(self.stretch(), &mut done).await
    }

    /// What came due by this stretch of civil time is done, by this look or an earlier one. A look that was begun goes on to its end
    /// also where the caller waits no more: whoever asks again finds it done.
    pub async fn up_to_date(&self) -> Result<()> {
        let due = self.clone();
        let looking = tokio::spawn(async move {
            let (stretch, mut done) = (due.stretch(), due.done.lock().await);
            if *done == Some(stretch) { Ok(()) } else { due.look_in(stretch, &mut done).await }
        });
        looking.await.unwrap_or_else(|gone| Err(Error::fault(gone)))
    }

    async fn look_in(&self, stretch: i64, done: &mut Option<i64>) -> Result<()> {
        (self.look)().await?;
        *done = Some(stretch);
        Ok(())
    }

    fn stretch(&self) -> i64 {
        self.civil.now().as_second().div_euclid(STRETCH_S)
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt as _;
    use holdpoint_chassis::clock::VirtualCivilClock;

    use super::*;
    use crate::error::{BUSY, RACE};

    #[tokio::test]
    async fn what_comes_due_is_looked_for_once_in_a_stretch_of_civil_time_and_again_after_a_failure() {
        let civil = VirtualCivilClock::at("2026-01-05T01:00:00Z".parse().unwrap());
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = looks.clone();
        let due = ComesDue::new(Arc::new(civil.clone()), move || {
            let fails = counted.fetch_add(1, Ordering::SeqCst) == 2;
            let outcome: Result<()> = if fails { Err(BUSY.refuse("not this time").into()) } else { Ok(()) };
            async move { outcome }.boxed()
        });
        due.up_to_date().await.unwrap();
        due.up_to_date().await.unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        due.look().await.unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 2, "a timer looks whatever was done");
        civil.advance(Duration::from_secs(900));
        due.up_to_date().await.unwrap_err();
        due.up_to_date().await.unwrap();
        due.up_to_date().await.unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 4);
    }

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
