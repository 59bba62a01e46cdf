//! Settings of followup alone: how often it looks for what has come due.

use std::time::Duration;

use holdpoint_chassis::config::{Mode, Section};
use serde::{Deserialize, Serialize};

/// Section `followup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FollowupSettings {
    /// How often the timer looks for visits that have come due, milliseconds of machine time.
    pub look_every_ms: u64,
}

impl Default for FollowupSettings {
    fn default() -> Self {
        Self { look_every_ms: 1_000 }
    }
}

impl Section for FollowupSettings {
    const NAME: &'static str = "followup";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let found = self.look_every_ms;
        if (10..=60_000).contains(&found) {
            return vec![];
        }
        vec![("look_every_ms", format!("found {found}; allowed is 10 to 60000"))]
    }
}

impl FollowupSettings {
    /// How often the timer looks.
    pub fn look_every(&self) -> Duration {
        Duration::from_millis(self.look_every_ms.max(10))
    }
}
