//! The machine's own time. A life is counted by the larger of the boot clock's and the wall clock's advance, so that
//! a machine that slept cannot live on an old permit (holds.md step 4). Only test builds may replace the source.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Boot time counts suspended time as well. Where the system has no such clock, its monotonic one is the nearest.
#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOT: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BOOT: ClockId = ClockId::Monotonic;

/// Reads the machine's clocks. Clones read the same source.
#[derive(Debug, Clone, Default)]
pub struct MachineClock {
    source: Source,
}

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    Machine,
    #[cfg(feature = "test-clock")]
    Test(TestMachine),
    #[cfg(feature = "failpoints")]
    Askew(super::askew::Askew),
}

/// What both clocks showed at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub(super) boot_micros: i64,
    pub(super) wall_micros: i64,
}

impl MachineClock {
    /// The real clocks of this machine.
    pub fn new() -> Self {
        Self::default()
    }

    /// Clocks moved by a test.
    #[cfg(feature = "test-clock")]
    pub fn test(machine: &TestMachine) -> Self {
        Self { source: Source::Test(machine.clone()) }
    }

    /// The real clocks, set askew by what a file says while the process runs: seconds by which the wall's is moved, and
    /// `still` while the boot clock stands.
    #[cfg(feature = "failpoints")]
    pub fn askew(file: std::path::PathBuf) -> Self {
        Self { source: Source::Askew(super::askew::Askew::by(file)) }
    }

    /// Marks this moment on both clocks.
    pub fn mark(&self) -> Mark {
        match &self.source {
            Source::Machine => real(),
            #[cfg(feature = "test-clock")]
            Source::Test(machine) => machine.mark(),
            #[cfg(feature = "failpoints")]
            Source::Askew(askew) => askew.show(real()),
        }
    }

    /// Time since the mark: the larger of the two clocks' advance, never negative. For everything that must not
    /// live too long.
    pub fn since(&self, mark: &Mark) -> Duration {
        let now = self.mark();
        advance(mark.boot_micros, now.boot_micros).max(advance(mark.wall_micros, now.wall_micros))
    }

    /// Whether the wall clock shows an earlier time than at the mark: it was set back.
    pub fn is_before(&self, mark: &Mark) -> bool {
        self.mark().wall_micros < mark.wall_micros
    }

    /// Time since the mark by the boot clock alone: for a wait that a wall clock stepped forward must not shorten.
    pub fn boot_since(&self, mark: &Mark) -> Duration {
        advance(mark.boot_micros, self.mark().boot_micros)
    }

    /// The wall's time, for what outlives this machine: a token's validity.
    pub fn wall(&self) -> Timestamp {
        let micros = self.mark().wall_micros;
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }
}

fn real() -> Mark {
    Mark { boot_micros: micros(BOOT), wall_micros: wall_micros() }
}

pub(super) fn wall_micros() -> i64 {
    micros(ClockId::Realtime)
}

fn micros(clock: ClockId) -> i64 {
    let at = clock_gettime(clock);
    at.tv_sec.saturating_mul(1_000_000).saturating_add(at.tv_nsec / 1_000)
}

fn advance(from: i64, to: i64) -> Duration {
    Duration::from_micros(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
}

#[cfg(feature = "test-clock")]
pub use replaceable::TestMachine;

#[cfg(feature = "test-clock")]
mod replaceable {
    //! A source whose two clocks a test moves apart: boot stands still while the wall runs, a wall stepped back.

    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use super::{Mark, wall_micros};

    /// Two clocks moved by hand. Clones share the time.
    #[derive(Debug, Clone)]
    pub struct TestMachine {
        clocks: Arc<(AtomicI64, AtomicI64)>,
    }

    impl Default for TestMachine {
        /// Boot at zero, wall at the real wall's time, so that real tokens are valid.
        fn default() -> Self {
            Self { clocks: Arc::new((AtomicI64::new(0), AtomicI64::new(wall_micros()))) }
        }
    }

    impl TestMachine {
        /// Both clocks move on together.
        pub fn advance(&self, by: Duration) {
            self.advance_boot(by);
            self.advance_wall(by);
        }

        /// Only the boot clock moves on.
        pub fn advance_boot(&self, by: Duration) {
            self.clocks.0.fetch_add(signed(by), Ordering::SeqCst);
        }

        /// Only the wall clock moves on.
        pub fn advance_wall(&self, by: Duration) {
            self.clocks.1.fetch_add(signed(by), Ordering::SeqCst);
        }

        /// The wall clock is stepped back, as a time service may do.
        pub fn step_wall_back(&self, by: Duration) {
            self.clocks.1.fetch_sub(signed(by), Ordering::SeqCst);
        }

        pub(super) fn mark(&self) -> Mark {
            Mark {
                boot_micros: self.clocks.0.load(Ordering::SeqCst),
                wall_micros: self.clocks.1.load(Ordering::SeqCst),
            }
        }
    }

    fn signed(by: Duration) -> i64 {
        i64::try_from(by.as_micros()).unwrap_or(i64::MAX)
    }
}
