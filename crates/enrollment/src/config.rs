//! What of enrollment a site may set.

use std::time::Duration;

/// Settings of this service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// An allocation that nobody acknowledged is reported after this long.
    pub unacknowledged_after: Duration,
    /// How often what safety was not told is told again.
    pub tell_again_every: Duration,
    /// How long safety has to answer the recorder of a milestone.
    pub tell_within: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            unacknowledged_after: Duration::from_secs(15 * 60),
            tell_again_every: Duration::from_secs(2),
            tell_within: Duration::from_secs(5),
        }
    }
}
