//! Reads that several commands share. What is not there is refused by name.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::ids::ActivityId;
use jiff::tz::TimeZone;

use super::tables::{Site, course_key, within};
use crate::domain::course::Course;
use crate::domain::hold::Hold;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::error::not_found;

/// A subject that some event named.
pub async fn subject(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Stored<Subject>> {
    let found = tx.get::<Subject>(&within(trial, subject.as_str())).await?;
    found.ok_or_else(|| not_found("subject", subject.as_str()))
}

/// The visits of one activity of a subject, where anything is planned or performed.
pub async fn course(tx: &Tx, subject: &Subject, activity: &ActivityId) -> Result<Option<Stored<Course>>> {
    tx.get::<Course>(&course_key(&subject.trial, &subject.id, activity)).await
}

/// The holds of a trial that stand.
pub async fn standing_holds(tx: &Tx, trial: &TrialId) -> Result<Vec<Hold>> {
    let holds = tx.find::<Hold>(&[("trial", trial.as_str()), ("state", "standing")]).await?;
    Ok(holds.into_iter().map(|hold| hold.value).collect())
}

/// The calendar of a site; without one, or with a name that is none, the clinical day is that of UTC.
pub async fn time_zone(tx: &Tx, trial: &TrialId, site: Option<&str>) -> Result<TimeZone> {
    let Some(site) = site else { return Ok(TimeZone::UTC) };
    let known = tx.get::<Site>(&within(trial, site)).await?;
    let zone = known.and_then(|site| TimeZone::get(&site.time_zone).ok());
    Ok(zone.unwrap_or(TimeZone::UTC))
}
