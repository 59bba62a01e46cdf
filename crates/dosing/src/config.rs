//! Settings of dosing alone: how long to wait for safety and for a bedside. The life of a permit is safety's to set.

use std::time::Duration;

use holdpoint_chassis::config::{Mode, Section};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Section `dosing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DosingSettings {
    /// How long to wait for safety's answer to an ask, milliseconds; then the start is refused.
    pub ask_deadline_ms: u64,
    /// A start that nobody confirmed or abandoned for so long is unconfirmed, minutes of civil time.
    pub unconfirmed_after_min: u32,
    /// How often the timers look, milliseconds of machine time.
    pub look_every_ms: u64,
}

impl Default for DosingSettings {
    fn default() -> Self {
        Self { ask_deadline_ms: 2_000, unconfirmed_after_min: 15, look_every_ms: 1_000 }
    }
}

impl Section for DosingSettings {
    const NAME: &'static str = "dosing";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = vec![];
        let mut within = |key, value: u64, low: u64, high: u64| {
            if !(low..=high).contains(&value) {
                wrong.push((key, format!("found {value}; allowed is {low} to {high}")));
            }
        };
        within("ask_deadline_ms", self.ask_deadline_ms, 50, 30_000);
        within("unconfirmed_after_min", self.unconfirmed_after_min.into(), 1, 1_440);
        within("look_every_ms", self.look_every_ms, 10, 60_000);
        wrong
    }
}

impl DosingSettings {
    /// How long to wait for safety.
    pub fn ask_deadline(&self) -> Duration {
        Duration::from_millis(self.ask_deadline_ms)
    }

    /// How long a start may stay unconfirmed.
    pub fn unconfirmed_after(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.unconfirmed_after_min))
    }

    /// How often the timers look.
    pub fn look_every(&self) -> Duration {
        Duration::from_millis(self.look_every_ms.max(10))
    }
}
