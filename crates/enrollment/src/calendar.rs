//! A clinical day is the site's calendar day: what day a moment is there, and which dates can not be so.

use holdpoint_chassis::error::{Error, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::ids::SiteId;
use crate::domain::trial::Trial;
use crate::error::DATE;

/// The time zone of a site.
pub fn zone(trial: &Trial, site: &SiteId) -> Result<TimeZone> {
    let site = trial.site(site)?;
    TimeZone::get(&site.time_zone).map_err(|cause| {
        Error::Fault(anyhow::Error::new(cause).context(format!("the time zone of site {}", site.id)))
    })
}

/// The site's day of a moment.
pub fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// Refuses a day that has not come yet at the site.
pub fn not_ahead(field: &str, date: Date, now: Timestamp, zone: &TimeZone) -> Result<()> {
    let today = day(now, zone);
    if date <= today {
        return Ok(());
    }
    let message = format!("{field} lies ahead of the site's day");
    Err(DATE.refuse(message).field(field, Some(date.to_string()), format!("up to {today}")).into())
}

/// Refuses a moment that has not come yet.
pub fn not_after(field: &str, at: Timestamp, now: Timestamp) -> Result<()> {
    if at <= now {
        return Ok(());
    }
    let message = format!("{field} lies ahead");
    Err(DATE.refuse(message).field(field, Some(at.to_string()), format!("up to {now}")).into())
}
