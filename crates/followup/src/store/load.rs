//! Reads that several commands share. What is not there is refused by name.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::ids::ActivityId;

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
