//! What a test may do to a running service: end or delay it at a named step, and read the machine's clocks askew. Compiled only
//! with the feature `failpoints`, which nothing that is shipped turns on, and heard only in test mode.

use crate::clock::MachineClock;
use crate::config::Mode;

/// Arms the steps that the environment names: `FAILPOINTS="dosing.claim.after-commit=return"` ends the process there as
/// kill -9 does, `=sleep(500)` stands still there.
#[cfg(feature = "failpoints")]
pub fn arm(mode: Mode) {
    if mode == Mode::Test {
        // Armed for the life of the process.
        std::mem::forget(fail::FailScenario::setup());
    }
}

/// Arms the steps that the environment names.
#[cfg(not(feature = "failpoints"))]
pub const fn arm(_: Mode) {}

/// The process has come to a step: `<service>.<what>.<moment>`.
#[cfg(feature = "failpoints")]
pub fn reached(step: &'static str) {
    use rustix::process::{Signal, getpid, kill_process};
    fail::fail_point!(step, |_| {
        while kill_process(getpid(), Signal::KILL).is_ok() {
            std::thread::yield_now();
        }
    });
}

/// The process has come to a step.
#[cfg(not(feature = "failpoints"))]
pub const fn reached(_: &'static str) {}

/// The machine's clocks, askew as the file says that `HOLDPOINT_CLOCKS_ASKEW` names (see `MachineClock::askew`).
#[cfg(feature = "failpoints")]
pub fn machine(mode: Mode) -> MachineClock {
    match std::env::var_os("HOLDPOINT_CLOCKS_ASKEW") {
        Some(file) if mode == Mode::Test => MachineClock::askew(file.into()),
        _ => MachineClock::new(),
    }
}

/// The machine's clocks.
#[cfg(not(feature = "failpoints"))]
pub fn machine(_: Mode) -> MachineClock {
    MachineClock::new()
}
