//! What of enrollment a site may set: section `enrollment` of the settings.

use std::time::Duration;

use holdpoint_chassis::config::{Mode, Section};
use holdpoint_chassis::ids::Ids;
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
    /// Draws every randomization list from this seed, so that a demonstration or a test can be repeated. Refused in production,
    /// where a list comes from the system's randomness and nobody can foresee it.
    pub list_seed: Option<u64>,
}

impl Default for EnrollmentSettings {
    fn default() -> Self {
        Self {
            unacknowledged_after_min: 15,
            tell_again_every_ms: 2_000,
            tell_within_ms: 5_000,
            list_seed: None,
        }
    }
}

impl Section for EnrollmentSettings {
    const NAME: &'static str = "enrollment";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let bounds = [
            ("unacknowledged_after_min", self.unacknowledged_after_min, 1..=1_440),
            ("tell_again_every_ms", self.tell_again_every_ms, 50..=60_000),
            ("tell_within_ms", self.tell_within_ms, 100..=8_000),
        ];
        let wrong = bounds.into_iter().filter(|(_, value, allowed)| !allowed.contains(value));
        let wrong = wrong.map(|(key, value, allowed)| {
            (key, format!("found {value}; allowed is {} to {}", allowed.start(), allowed.end()))
        });
        let foreseen = (mode == Mode::Production && self.list_seed.is_some()).then(|| {
            (
                "list_seed",
                "is for demonstrations and tests; a list that is foreseen randomizes nobody".to_owned(),
            )
        });
        wrong.chain(foreseen).collect()
    }
}

impl EnrollmentSettings {
    /// An allocation that nobody acknowledged is reported after this long.
    pub fn unacknowledged_after(&self) -> Duration {
        Duration::from_secs(self.unacknowledged_after_min * 60)
    }

    /// What a list is drawn from: the seed of the settings, or the given randomness.
    pub fn list_seed(&self, random: impl FnOnce() -> [u8; 32]) -> [u8; 32] {
        self.list_seed.map_or_else(random, |seed| Ids::seeded(seed).bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_refuses_a_list_that_can_be_foreseen() {
        let settings = EnrollmentSettings { list_seed: Some(7), ..EnrollmentSettings::default() };
        assert_eq!(settings.check(Mode::Production)[0].0, "list_seed");
        assert!(settings.check(Mode::Test).is_empty());
        assert!(EnrollmentSettings::default().check(Mode::Production).is_empty());
    }

    #[test]
    fn a_seed_repeats_the_list_and_without_one_it_is_random() {
        let settings = |list_seed| EnrollmentSettings { list_seed, ..EnrollmentSettings::default() };
        let random = || [9; 32];
        assert_eq!(settings(None).list_seed(random), [9; 32]);
        assert_eq!(settings(Some(7)).list_seed(random), settings(Some(7)).list_seed(|| [1; 32]));
        assert_ne!(settings(Some(7)).list_seed(random), settings(Some(8)).list_seed(random));
    }
}
