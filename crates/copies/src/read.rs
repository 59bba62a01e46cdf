//! Reads what an event carries. What cannot be read is parked, with words that say why.

use holdpoint_chassis::fields;
use holdpoint_journal::{Event, ReactError};
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;

/// The event's message.
pub fn message<M: Message + Default>(event: &Event) -> Result<M, ReactError> {
    Ok(M::decode(event.data.as_slice())?)
}

/// A moment that the event must carry, to the microsecond as it is stored.
pub fn moment(at: Option<prost_types::Timestamp>, field: &str) -> Result<Timestamp, ReactError> {
    fields::moment(at).ok_or_else(|| ReactError::Park(format!("its {field} is no time")))
}

/// A moment that the event may carry. One that is there and is none is parked.
pub fn optional_moment(
    at: Option<prost_types::Timestamp>,
    field: &str,
) -> Result<Option<Timestamp>, ReactError> {
    at.map(|at| moment(Some(at), field)).transpose()
}

/// A civil date.
pub fn date(text: &str, field: &str) -> Result<Date, ReactError> {
    text.parse().map_err(|_| ReactError::Park(format!("its {field} {text:?} is no date")))
}

/// None for an empty text.
pub fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
