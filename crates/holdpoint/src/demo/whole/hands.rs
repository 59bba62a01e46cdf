//! The hands of the civil clock: in memory where the services live in this process, in a file where they live in others.

use std::path::PathBuf;

use holdpoint_chassis::clock::{CivilClock as _, FileCivilClock, VirtualCivilClock};
use jiff::Timestamp;

/// What moves civil time on.
pub enum Hands {
    /// The clock of the services of this process.
    Memory(VirtualCivilClock),
    /// The file that services of other processes read, and what it says.
    File(PathBuf, Timestamp),
}

impl Hands {
    /// The civil moment it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Memory(clock) => clock.now(),
            Self::File(_, now) => *now,
        }
    }

    /// Moves to a later moment.
    pub fn set(&mut self, to: Timestamp) -> anyhow::Result<()> {
        anyhow::ensure!(to >= self.now(), "the story goes back in time, to {to}");
        match self {
            Self::Memory(clock) => drop(clock.set(to)),
            Self::File(path, now) => {
                FileCivilClock::write(path, to)?;
                *now = to;
            }
        }
        Ok(())
    }
}
