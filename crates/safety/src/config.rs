//! What a site may set of safety: the life of a permit, and how often people are reminded. Bounds as in holds.md.

use std::time::Duration;

use holdpoint_chassis::config::{Mode, Section};
use serde::{Deserialize, Serialize};

use crate::domain::permit::Terms;

/// `[permit]`: how long a permit lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermitSettings {
    /// Milliseconds in which a `Go` may be heard, from the ask; 2,000 to 30,000.
    pub life_ms: u64,
    /// Milliseconds by which the asker gives up sooner and safety waits longer; 100 to 2,000.
    pub margin_ms: u64,
}

impl Default for PermitSettings {
    fn default() -> Self {
        Self { life_ms: 5_000, margin_ms: 500 }
    }
}

impl PermitSettings {
    /// As written in each permit.
    pub fn terms(&self) -> Terms {
        Terms { life_ms: self.life_ms, margin_ms: self.margin_ms }
    }
}

impl Section for PermitSettings {
    const NAME: &'static str = "permit";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = vec![];
        let shortest = if mode == Mode::Production { 2_000 } else { 200 };
        if !(shortest..=Terms::LONGEST_LIFE_MS).contains(&self.life_ms) {
            wrong.push(("life_ms", format!("found {}; allowed is {shortest} to 30000", self.life_ms)));
        }
        if !(100..=2_000).contains(&self.margin_ms) || self.margin_ms * 2 > self.life_ms {
            let allowed = "allowed is 100 to 2000, and at most half of life_ms";
            wrong.push(("margin_ms", format!("found {}; {allowed}", self.margin_ms)));
        }
        wrong
    }
}

/// `[alerts]`: how people are reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSettings {
    /// Seconds of civil time after which an alert that nobody acknowledged is repeated; 0 never repeats.
    pub repeat_after_s: u64,
    /// Alerts that wait for a subscriber that is slow.
    pub subscriber_queue: usize,
    /// Milliseconds after which a subscriber that takes nothing is let go; 1 to 600,000.
    pub subscriber_patience_ms: u64,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self { repeat_after_s: 300, subscriber_queue: 1_000, subscriber_patience_ms: 30_000 }
    }
}

impl AlertSettings {
    /// How long a subscriber may take nothing.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.subscriber_patience_ms)
    }

    /// The interval of repetitions.
    pub fn repeat_every(&self) -> Duration {
        Duration::from_secs(self.repeat_after_s)
    }
}

impl Section for AlertSettings {
    const NAME: &'static str = "alerts";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = vec![];
        if !(1..=100_000).contains(&self.subscriber_queue) {
            let words = format!("found {}; allowed is 1 to 100000", self.subscriber_queue);
            wrong.push(("subscriber_queue", words));
        }
        if !(1..=600_000).contains(&self.subscriber_patience_ms) {
            let words = format!("found {}; allowed is 1 to 600000", self.subscriber_patience_ms);
            wrong.push(("subscriber_patience_ms", words));
        }
        wrong
    }
}
