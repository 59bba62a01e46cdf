//! Reads what an event carries. What cannot be read is parked with words that say why.

use holdpoint_journal::{Event, ReactError};
use jiff::Timestamp;
use prost::Message;

use crate::domain::fact::Since;

/// The event's message.
pub(super) fn message<M: Message + Default>(event: &Event) -> Result<M, ReactError> {
    Ok(M::decode(event.data.as_slice())?)
}

/// A moment that the event must carry.
pub(super) fn moment(at: Option<prost_types::Timestamp>, field: &str) -> Result<Timestamp, ReactError> {
    optional_moment(at, field)?.ok_or_else(|| ReactError::Park(format!("`{field}` is missing")))
}

/// A moment that the event may carry.
pub(super) fn optional_moment(
    at: Option<prost_types::Timestamp>,
    field: &str,
) -> Result<Option<Timestamp>, ReactError> {
    let Some(at) = at else { return Ok(None) };
    let read = Timestamp::new(at.seconds, at.nanos);
    read.map(Some).map_err(|cause| ReactError::Park(format!("`{field}` is no moment: {cause}")))
}

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
