//! Moments of the story: local time at the hospital, which is in China, without daylight saving.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};

/// A local date and time, "2026-03-23T18:00", as a moment.
pub fn moment(local: &str) -> anyhow::Result<Timestamp> {
    let local: DateTime = local.parse().with_context(|| format!("{local} is no date and time"))?;
    Ok(local.to_zoned(TimeZone::fixed(offset(8)))?.timestamp())
}

/// A moment as messages carry it.
pub fn proto(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}
