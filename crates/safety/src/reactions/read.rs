//! Reads what an event carries. What cannot be read is parked with words that say why.

pub(super) use holdpoint_copies::read::{message, moment, optional_moment};
use holdpoint_journal::ReactError;

use crate::domain::fact::Since;

/// A moment where it is known, else a day, else nothing.
pub(super) fn since(at: Option<prost_types::Timestamp>, date: &str) -> Result<Since, ReactError> {
    if let Some(at) = optional_moment(at, "at")? {
        return Ok(Since::At(at));
    }
    if date.is_empty() {
        return Ok(Since::Unknown);
    }
    let day = date.parse().map_err(|cause| ReactError::Park(format!("`date` is no day: {cause}")))?;
    Ok(Since::On(day))
}
