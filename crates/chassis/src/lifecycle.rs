//! Decides how a process ends: at SIGTERM or SIGINT it stops taking calls, lets what runs come to its end within a
//! limit, and leaves with a code that says how it went. When a task that must live dies, the process ends as well:
//! half a service is worse than one that its supervisor restarts.

use std::future::Future;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The process's one switch and its list of running tasks. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    requested: CancellationToken,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<String>>>,
}

/// How the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Asked to, with everything finished.
    Drained,
    /// Asked to, but something did not finish within the limit.
    Cut,
    /// A task that must live died; its name and why.
    Failed(String),
}

impl Ended {
    /// 0 drained, 1 a task died, 8 cut short (2 to 7 are the commands' own codes).
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Drained => 0,
            Self::Failed(_) => 1,
            Self::Cut => 8,
        })
    }
}

impl Shutdown {
    /// A switch that is not yet thrown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Throws the switch at SIGTERM or SIGINT; a second signal ends the process at once.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let this = self.clone();
        tokio::spawn(async move {
            for turn in 0.. {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if turn > 0 {
                    tracing::warn!("a second signal: ending at once");
                    std::process::exit(130);
                }
                tracing::info!("asked to stop: taking no further calls, finishing what runs");
                this.request();
            }
        });
        Ok(())
    }

    /// Throws the switch.
    pub fn request(&self) {
        self.requested.cancel();
    }

    /// Whether it was thrown.
    pub fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Waits until it is thrown.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// The switch itself, for what takes a token.
    pub fn token(&self) -> CancellationToken {
        self.requested.clone()
    }

    /// Runs a task that shutdown waits for.
    pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task.in_current_span())
    }

    /// Runs a task that must live until shutdown. If it ends before, in whatever way, the process ends.
    pub fn spawn_critical<F>(&self, name: impl Into<String>, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (this, name) = (self.clone(), name.into());
        self.tasks.spawn(
            async move {
                let why = match AssertUnwindSafe(task).catch_unwind().await {
                    Ok(Ok(())) if this.is_requested() => return,
                    Ok(Ok(())) => "it ended by itself".to_owned(),
                    Ok(Err(cause)) => format!("{cause:#}"),
                    Err(_) => "it panicked".to_owned(),
                };
                tracing::error!(task = name, why, "a task that must live died; stopping");
                let mut failure = this.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(format!("{name}: {why}"));
                drop(failure);
                this.request();
            }
            .in_current_span(),
        );
    }

    /// Waits for the switch, then for the tasks, at most this long.
    pub async fn drained(&self, limit: Duration) -> Ended {
        self.requested().await;
        self.tasks.close();
        let finished = tokio::time::timeout(limit, self.tasks.wait()).await.is_ok();
        if let Some(failure) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ended::Failed(failure);
        }
        if finished {
            return Ended::Drained;
        }
        tracing::warn!(running = self.tasks.len(), "not everything finished within the limit; ending");
        Ended::Cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_runs_is_finished_before_the_end() {
        let shutdown = Shutdown::new();
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let work = shutdown.spawn(async move { wait.await.is_ok() });
        shutdown.request();
        let waiting = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.drained(Duration::from_secs(30)).await }
        });
        go.send(()).unwrap();
        assert_eq!(waiting.await.unwrap(), Ended::Drained);
        assert!(work.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_finish_is_cut() {
        let shutdown = Shutdown::new();
        shutdown.spawn(std::future::pending::<()>());
        shutdown.request();
        assert_eq!(shutdown.drained(Duration::from_secs(5)).await, Ended::Cut);
    }

    #[tokio::test]
    async fn a_critical_task_that_dies_ends_the_process() {
        for (task, why) in [
            (async { Err(anyhow::anyhow!("lease lost")) }.boxed(), "relay: lease lost"),
            (async { Ok(()) }.boxed(), "relay: it ended by itself"),
            (async { panic!("bug") }.boxed(), "relay: it panicked"),
        ] {
            let shutdown = Shutdown::new();
            shutdown.spawn_critical("relay", task);
            let ended = shutdown.drained(Duration::from_secs(30)).await;
            assert_eq!(ended, Ended::Failed(why.into()));
            assert_eq!(ended.exit_code(), ExitCode::from(1));
        }
    }

    #[tokio::test]
    async fn a_critical_task_that_ends_when_asked_is_well() {
        let shutdown = Shutdown::new();
        let token = shutdown.token();
        shutdown.spawn_critical("relay", async move {
            token.cancelled().await;
            Ok(())
        });
        shutdown.request();
        assert_eq!(shutdown.drained(Duration::from_secs(30)).await, Ended::Drained);
    }
}
