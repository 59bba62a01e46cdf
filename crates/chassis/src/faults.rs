//! What a test may do to a running service: end or delay it at a named step, and read the machine's clocks askew. Compiled only
//! with the feature `failpoints`, which nothing that is shipped turns on; heard only in test mode; and a program that was
//! compiled with it refuses production.

use crate::clock::MachineClock;
use crate::config::Mode;

/// Arms the steps that the environment names: `FAILPOINTS="dosing.claim.after-commit=return"` ends the process there as
/// kill -9 does, `=sleep(500)` stands still there. An error in production, which no program that can be armed may serve.
#[cfg(feature = "failpoints")]
pub fn arm(mode: Mode) -> anyhow::Result<()> {
    anyhow::ensure!(
        mode != Mode::Production,
        "this program was built for tests, which may end it at any step: it does not serve in production. Take the one that is \
         shipped, or build it with `cargo build --profile dist --package holdpoint`; to try this one out, set \
         HOLDPOINT__MODE=test"
    );
    if mode == Mode::Test {
        // Armed for the life of the process.
        std::mem::forget(fail::FailScenario::setup());
    }
    Ok(())
}

/// There is nothing to arm.
#[cfg(not(feature = "failpoints"))]
pub const fn arm(_: Mode) -> anyhow::Result<()> {
    Ok(())
}

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

#[cfg(all(test, feature = "failpoints"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_can_be_armed_refuses_production() {
        let refused = arm(Mode::Production).unwrap_err().to_string();
        assert!(refused.contains("does not serve in production"), "{refused}");
        arm(Mode::Test).unwrap();
        reached("nothing.is.armed");
    }
}
