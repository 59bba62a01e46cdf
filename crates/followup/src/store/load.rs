//! Reads that several commands share. What is not there is refused by name.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_copies::sites::{Site, zone_of};
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::ids::ActivityId;
use jiff::tz::TimeZone;

use super::{course_key, within};
use crate::domain::course::Course;
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

/// The calendars of the subjects' sites, by the sites' ids, in one question.
pub async fn time_zones(tx: &Tx, subjects: &[Subject]) -> Result<BTreeMap<String, TimeZone>> {
    let sites: BTreeSet<String> = subjects.iter().filter_map(site_of).collect();
    let sites: Vec<String> = sites.into_iter().collect();
    let known = tx.get_all::<Site>(&sites).await?;
    Ok(known.into_iter().map(|(id, site)| (id, zone_of(Some(&site.value)))).collect())
}

/// The id under which a subject's site is stored.
pub fn site_of(subject: &Subject) -> Option<String> {
    subject.site.as_deref().map(|site| within(&subject.trial, site))
}
