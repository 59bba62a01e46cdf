//! Cuts a moment to what is stored: whole microseconds. A finer one would not equal itself after it was read back.

use jiff::Timestamp;

/// The moment without what is finer than a microsecond.
pub fn cut(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
