//! Moments as messages carry them, and the hospital's own time.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};

/// The hospital's time zone: China has one, without daylight saving.
pub(crate) fn zone() -> TimeZone {
    TimeZone::fixed(offset(8))
}

/// A local date and time, "2026-03-23T18:00", as a moment.
pub(crate) fn moment(local: &str) -> anyhow::Result<Timestamp> {
    let local: DateTime = local.parse().with_context(|| format!("{local} is no date and time"))?;
    instant(local)
}

/// The moment of a local date and time.
pub(crate) fn instant(local: DateTime) -> anyhow::Result<Timestamp> {
    Ok(local.to_zoned(zone())?.timestamp())
}

/// The moment as messages carry it.
pub(crate) fn proto(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// The moment of a message.
pub(crate) fn from_proto(at: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok())
}
