//! The three clocks, never mixed: civil time for clinical dates and schedules, and the machine's own boot and wall
//! time for permit lives, leases, time-outs and tokens. This module is the only place that reads a real clock.

#[cfg(feature = "failpoints")]
mod askew;
mod civil;
mod machine;

pub use civil::{Civil, CivilClock, FileCivilClock, VirtualCivilClock, WallCivilClock};
#[cfg(feature = "test-clock")]
pub use machine::TestMachine;
pub use machine::{MachineClock, Mark};
