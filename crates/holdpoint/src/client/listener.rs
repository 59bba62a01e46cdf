//! The listener's duty (holds.md step 4): a Go counts from the listener's own ask of that attempt, on clocks that count
//! sleep; heard later, or after the machine slept, it is refused, and so is every answer to a lower attempt.

use std::time::Duration;

use holdpoint_chassis::clock::{MachineClock, Mark};
use tokio::time::Instant;

/// The machine slept when its boot clock ran this much further than the clock that stops in sleep.
const SLEPT: Duration = Duration::from_millis(100);

/// Why an answer must not be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// The life was over when the answer was heard.
    #[error(
        "the Go was heard {late_ms} ms after its life was over: do not start; ask again with a higher attempt"
    )]
    Late {
        /// How long after.
        late_ms: u64,
    },
    /// The machine slept between ask and answer.
    #[error("this machine slept between ask and answer: do not start; ask again with a higher attempt")]
    Slept,
    /// A higher attempt was asked since.
    #[error("the answer belongs to attempt {heard}, and attempt {asked} was asked since: ignore it")]
    LowerAttempt {
        /// The attempt answered.
        heard: u32,
        /// The attempt that counts.
        asked: u32,
    },
}

/// One ask, with the clocks as they were before it was sent.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Number of the attempt.
    pub attempt: u32,
    mark: Mark,
    awake: Instant,
}

/// A Go that was heard in time: the permission to start, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    /// The permit behind it.
    pub permit: String,
    /// The attempt it answers.
    pub attempt: u32,
}

/// Listens for one infusion or one allocation.
#[derive(Debug, Clone, Default)]
pub struct Listener {
    clock: MachineClock,
    attempt: u32,
}

impl Listener {
    /// A listener that asked nothing yet, on the machine's clocks.
    pub fn new(clock: MachineClock) -> Self {
        Self { clock, attempt: 0 }
    }

    /// A listener for what was asked before, by another device or before a restart: the next attempt is the one after.
    pub fn after(clock: MachineClock, attempt: u32) -> Self {
        Self { clock, attempt }
    }

    /// Begins the next attempt. Called before the request is sent.
    pub fn ask(&mut self) -> Ask {
        self.attempt += 1;
        Ask { attempt: self.attempt, mark: self.clock.mark(), awake: Instant::now() }
    }

    /// What is left of a life that is counted from the ask.
    pub fn left(&self, ask: &Ask, life: Duration) -> Duration {
        life.saturating_sub(self.clock.since(&ask.mark))
    }

    /// Judges an answer at the moment it is heard.
    pub fn hear(&self, ask: &Ask, permit: &str, life: Duration) -> Result<Go, NotHeard> {
        let asleep = self.clock.boot_since(&ask.mark).saturating_sub(ask.awake.elapsed());
        judge((ask.attempt, self.attempt), asleep, self.clock.since(&ask.mark), life)?;
        Ok(Go { permit: permit.to_owned(), attempt: ask.attempt })
    }
}

/// Judges an answer to attempt `heard` when `asked` is the newest: how long the machine slept since that ask, what both
/// clocks say has passed since, and the life that the answer names.
pub fn judge(
    (heard, asked): (u32, u32),
    asleep: Duration,
    elapsed: Duration,
    life: Duration,
) -> Result<(), NotHeard> {
    if heard < asked {
        return Err(NotHeard::LowerAttempt { heard, asked });
    }
    if asleep > SLEPT {
        return Err(NotHeard::Slept);
    }
    if elapsed >= life {
        let late = elapsed.saturating_sub(life).as_millis();
        return Err(NotHeard::Late { late_ms: u64::try_from(late).unwrap_or(u64::MAX) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use holdpoint_chassis::clock::TestMachine;

    use super::*;

    const LIFE: Duration = Duration::from_secs(5);

    fn listener() -> (TestMachine, Listener) {
        let machine = TestMachine::default();
        (machine.clone(), Listener::new(MachineClock::test(&machine)))
    }

    #[test]
    fn a_go_in_time_is_heard_and_one_at_its_end_is_not() {
        let (machine, mut listener) = listener();
        let ask = listener.ask();
        machine.advance_wall(LIFE - Duration::from_millis(1));
        assert!(listener.hear(&ask, "p", LIFE).is_ok());
        machine.advance_wall(Duration::from_millis(1));
        assert_eq!(listener.hear(&ask, "p", LIFE), Err(NotHeard::Late { late_ms: 0 }));
    }

    #[test]
    fn a_wall_clock_set_back_lends_no_life() {
        let (machine, mut listener) = listener();
        let ask = listener.ask();
        machine.step_wall_back(Duration::from_secs(60));
        machine.advance_boot(LIFE);
        assert!(listener.hear(&ask, "p", LIFE).is_err());
    }

    #[test]
    fn a_machine_that_slept_refuses_even_within_the_life() {
        let (machine, mut listener) = listener();
        let ask = listener.ask();
        machine.advance(Duration::from_secs(1));
        assert_eq!(listener.hear(&ask, "p", LIFE), Err(NotHeard::Slept));
    }

    #[test]
    fn an_answer_to_a_lower_attempt_is_ignored() {
        let (_, mut listener) = listener();
        let first = listener.ask();
        let second = listener.ask();
        assert_eq!(listener.hear(&first, "p", LIFE), Err(NotHeard::LowerAttempt { heard: 1, asked: 2 }));
        assert!(listener.hear(&second, "p", LIFE).is_ok());
    }
}
