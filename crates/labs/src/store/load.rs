//! Reads that several commands share. What is not there is refused by name.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};

use super::of;
use crate::domain::course::Course;
use crate::domain::identity::Whose;
use crate::domain::subject::Subject;
use crate::error::not_found;

/// A subject that some event named.
pub async fn subject(tx: &Tx, whose: &Whose) -> Result<Stored<Subject>> {
    let found = tx.get::<Subject>(&of(whose)).await?;
    found.ok_or_else(|| not_found("subject", whose.subject.as_str()))
}

/// A subject's counts; none where no result of it stands.
pub async fn course(tx: &Tx, whose: &Whose) -> Result<Course> {
    let found = tx.get::<Course>(&of(whose)).await?;
    Ok(found.map_or_else(|| Course::none(whose.clone()), |course| course.value))
}
