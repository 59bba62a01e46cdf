//! Civil time: what the calendar says for clinical dates, schedules and report deadlines. Virtual in the demo and in
//! tests, where it moves only when it is told to; the wall's in production.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::machine;

/// A clock for clinical dates. Two kinds exist beside the wall's: one held in memory, one shared through a file.
pub trait CivilClock: Send + Sync {
    /// The moment it is, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// A civil clock as services hold it.
pub type Civil = Arc<dyn CivilClock>;

/// The wall's clock: the only one that production accepts.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallCivilClock;

impl CivilClock for WallCivilClock {
    fn now(&self) -> Timestamp {
        from_micros(machine::wall_micros())
    }
}

/// A clock that stands still until it is moved, and never goes back. Clones share the time.
#[derive(Debug, Clone)]
pub struct VirtualCivilClock {
    micros: Arc<AtomicI64>,
}

impl VirtualCivilClock {
    /// Starts at the given moment.
    pub fn at(start: Timestamp) -> Self {
        Self { micros: Arc::new(AtomicI64::new(start.as_microsecond())) }
    }

    /// Moves to the given moment; an earlier one changes nothing. Answers the time it is afterwards.
    pub fn set(&self, to: Timestamp) -> Timestamp {
        let to = to.as_microsecond();
        from_micros(self.micros.fetch_max(to, Ordering::SeqCst).max(to))
    }

    /// Moves on by the given length. Answers the time it is afterwards.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let moved =
            self.micros.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |at| Some(at.saturating_add(by)));
        from_micros(moved.map_or_else(|at| at, |at| at.saturating_add(by)))
    }
}

impl CivilClock for VirtualCivilClock {
    fn now(&self) -> Timestamp {
        from_micros(self.micros.load(Ordering::SeqCst))
    }
}

/// A clock read from a file of one number (UTC microseconds since 1970), so that several processes share one virtual
/// time. It never goes back, and keeps the last good reading while the file cannot be read.
#[derive(Debug)]
pub struct FileCivilClock {
    path: PathBuf,
    last: AtomicI64,
}

impl FileCivilClock {
    /// Opens the file. Fails where it is absent or holds no number: a clock that never worked must not start.
    pub fn open(path: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let path = path.into();
        let first = read_micros(&path)?;
        Ok(Self { path, last: AtomicI64::new(first) })
    }

    /// Writes a moment for the readers, by a rename, so that none ever sees half a number.
    pub fn write(path: &Path, to: Timestamp) -> anyhow::Result<()> {
        let part = path.with_extension("part");
        std::fs::write(&part, to.as_microsecond().to_string())
            .and_then(|()| std::fs::rename(&part, path))
            .with_context(|| format!("cannot write the civil clock file {}", path.display()))
    }
}

impl CivilClock for FileCivilClock {
    fn now(&self) -> Timestamp {
        match read_micros(&self.path) {
            Ok(micros) => from_micros(self.last.fetch_max(micros, Ordering::SeqCst).max(micros)),
            Err(_) => from_micros(self.last.load(Ordering::SeqCst)),
        }
    }
}

fn read_micros(path: &Path) -> anyhow::Result<i64> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the civil clock file {}", path.display()))?;
    text.trim().parse().with_context(|| {
        format!("the civil clock file {} must hold one whole number of UTC microseconds", path.display())
    })
}

/// A moment outside jiff's range (year -9999 to 9999) is pinned to its nearer end.
fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
