//! Waiting for a state, never for a time: looks again and again until it is there or patience is over.

use std::time::Duration;

use anyhow::bail;
use tokio::time::Instant;

/// How long anything may take that is not measured. Far more than it needs, for a machine that also builds.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks: soon at first, then more seldom, for on a busy machine each look takes from what is waited for.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// Looks until something is there. An error ends the wait; "nothing yet" goes on.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let begun = Instant::now();
    let mut pause = PAUSE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if begun.elapsed() > patience {
            bail!("waited {} s in vain: {what}", patience.as_secs());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
