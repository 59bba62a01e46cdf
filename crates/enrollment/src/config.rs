//! What of enrollment a site may set: section `enrollment` of the settings.

use std::time::Duration;

use holdpoint_chassis::config::{Mode, Section};
use serde::{Deserialize, Serialize};

/// Settings of this service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrollmentSettings {
    /// An allocation that nobody acknowledged is reported after this long, minutes of civil time.
    pub unacknowledged_after_min: u64,
    /// What safety was not told is told again this often, milliseconds.
    pub tell_again_every_ms: u64,
    /// Safety has this long to answer the recorder of a milestone, milliseconds.
    pub tell_within_ms: u64,
}

impl Default for EnrollmentSettings {
    fn default() -> Self {
        Self { unacknowledged_after_min: 15, tell_again_every_ms: 2_000, tell_within_ms: 5_000 }
    }
}

impl Section for EnrollmentSettings {
    const NAME: &'static str = "enrollment";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let bounds = [
            ("unacknowledged_after_min", self.unacknowledged_after_min, 1..=1_440),
            ("tell_again_every_ms", self.tell_again_every_ms, 50..=60_000),
            ("tell_within_ms", self.tell_within_ms, 100..=8_000),
        ];
        let wrong = bounds.into_iter().filter(|(_, value, allowed)| !allowed.contains(value));
        wrong
            .map(|(key, value, allowed)| {
                (key, format!("found {value}; allowed is {} to {}", allowed.start(), allowed.end()))
            })
            .collect()
    }
}

impl EnrollmentSettings {
    /// An allocation that nobody acknowledged is reported after this long.
    pub fn unacknowledged_after(&self) -> Duration {
        Duration::from_secs(self.unacknowledged_after_min * 60)
    }

    /// How often safety is told again.
    pub fn tell_again_every(&self) -> Duration {
        Duration::from_millis(self.tell_again_every_ms)
    }

    /// How long safety has to answer.
    pub fn tell_within(&self) -> Duration {
        Duration::from_millis(self.tell_within_ms)
    }
}
