//! The sites of a trial and the calendars they live by: "on the day" is the site's calendar day (protocols README,
//! sentence 22).

use holdpoint_api::enrollment::v1::SiteRegistered;
use holdpoint_chassis::error;
use holdpoint_journal::{Aggregate, Key, ReactError, Stored, Tx};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ids::TrialId;
use crate::within;

/// A site and the calendar it lives by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The trial.
    pub trial: TrialId,
    /// The site.
    pub id: String,
    /// IANA name: a clinical day is the site's calendar day.
    pub time_zone: String,
}

impl Aggregate for Site {
    const TABLE: &'static str = "site";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, &self.id)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

/// Enrollment registered a site, or told of it anew.
pub async fn registered(tx: &mut Tx, event: SiteRegistered) -> Result<(), ReactError> {
    let site = Site { trial: event.trial.into(), id: event.site, time_zone: event.time_zone };
    match tx.get::<Site>(&site.id()).await? {
        Some(known) => drop(tx.record(&known, site, []).await?),
        None => drop(tx.record_new(&site, []).await?),
    }
    Ok(())
}

/// The calendar of a site; without one, or with a name that is none, the clinical day is that of UTC.
pub async fn time_zone(tx: &Tx, trial: &TrialId, site: Option<&str>) -> error::Result<TimeZone> {
    let Some(site) = site else { return Ok(TimeZone::UTC) };
    Ok(zone_of(tx.get::<Site>(&within(trial, site)).await?.as_deref()))
}

/// The same where the trial's sites were read.
pub fn zone_among(sites: &[Stored<Site>], site: Option<&str>) -> TimeZone {
    let found = site.and_then(|site| sites.iter().find(|known| known.id == site));
    zone_of(found.map(|found| &found.value))
}

/// The same of a site that was read.
pub fn zone_of(site: Option<&Site>) -> TimeZone {
    site.and_then(|site| TimeZone::get(&site.time_zone).ok()).unwrap_or(TimeZone::UTC)
}
