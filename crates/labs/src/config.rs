//! Settings of labs alone: the key under which hospital numbers are hashed, and how often the timers look.

use std::path::Path;
use std::time::Duration;

use holdpoint_chassis::config::{Mode, SecretText, Section};
use holdpoint_chassis::identity::secret;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::pseudonym::NumberKey;

/// Section `labs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabsSettings {
    /// The key of hospital numbers, at least 32 characters; links made under another key are not found. None: the
    /// installation's own secret, made in the folder of the keys; copies of labs on several machines need one that is set.
    pub number_key: SecretText,
    /// A specimen may be said to be taken so much later than this machine's civil time, minutes.
    pub clock_tolerance_min: u32,
    /// How often the timers look, milliseconds of machine time.
    pub look_every_ms: u64,
}

/// What a demonstration and a test hash invented numbers with.
const INVENTED: &str = "numbers of invented people only";
/// The installation's own secret, in the folder of the keys.
const OWN: &str = "labs-numbers";
/// Fewer characters could be found by trying.
const SHORTEST_KEY: usize = 32;

impl Default for LabsSettings {
    fn default() -> Self {
        Self { number_key: SecretText::default(), clock_tolerance_min: 10, look_every_ms: 1_000 }
    }
}

impl Section for LabsSettings {
    const NAME: &'static str = "labs";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = vec![];
        let set = self.number_key.expose();
        if mode == Mode::Production && !set.is_empty() && set.chars().count() < SHORTEST_KEY {
            wrong.push((
                "number_key",
                format!("is shorter than {SHORTEST_KEY} characters; set a random one, best through _FILE, and keep it"),
            ));
        }
        let mut within = |key, value: u64, low: u64, high: u64| {
            if !(low..=high).contains(&value) {
                wrong.push((key, format!("found {value}; allowed is {low} to {high}")));
            }
        };
        within("clock_tolerance_min", self.clock_tolerance_min.into(), 0, 1_440);
        within("look_every_ms", self.look_every_ms, 10, 60_000);
        wrong
    }
}

impl LabsSettings {
    /// The key of hospital numbers: the one that is set, else the installation's own, made at the first start.
    pub fn key(&self, mode: Mode, folder: &Path) -> anyhow::Result<NumberKey> {
        let set = self.number_key.expose();
        Ok(match mode {
            _ if !set.is_empty() => NumberKey::new(set.as_bytes()),
            Mode::Production => NumberKey::new(secret(folder, OWN)?.as_bytes()),
            Mode::Demo | Mode::Test => NumberKey::new(INVENTED.as_bytes()),
        })
    }

    /// How far a sender's clock may be ahead.
    pub fn clock_tolerance(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.clock_tolerance_min))
    }

    /// How often the timers look.
    pub fn look_every(&self) -> Duration {
        Duration::from_millis(self.look_every_ms.max(10))
    }
}
