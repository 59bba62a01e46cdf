//! Gathers all that is wrong with a request, not the first thing only. Personal data is never repeated to the caller.

use std::str::FromStr;

use holdpoint_chassis::error::{Error, FieldViolation};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::FIELDS;

/// The violations found so far.
#[derive(Default)]
pub struct Fields {
    found: Vec<FieldViolation>,
}

/// What an id may be.
const ID: &str = "1 to 64 letters, digits, '-', '_' and '.'";
/// What a date may be.
const DATE: &str = "a calendar date as YYYY-MM-DD";
/// The longest text that is taken.
const LONGEST: usize = 4_000;

impl Fields {
    /// An id that must be there.
    pub fn id<T: FromStr>(&mut self, field: &str, value: &str) -> Option<T> {
        let read = value.parse().ok();
        if read.is_none() {
            self.wrong(field, shown(value), ID);
        }
        read
    }

    /// An id that may be absent.
    pub fn optional_id<T: FromStr>(&mut self, field: &str, value: &str) -> Option<T> {
        if value.is_empty() { None } else { self.id(field, value) }
    }

    /// Text that must be there.
    pub fn text(&mut self, field: &str, value: String) -> String {
        if value.trim().is_empty() || value.chars().count() > LONGEST {
            self.wrong(field, None, "1 to 4,000 characters");
        }
        value
    }

    /// A civil date.
    pub fn date(&mut self, field: &str, value: &str) -> Option<Date> {
        let read = civil(value);
        if read.is_none() {
            self.wrong(field, shown(value), DATE);
        }
        read
    }

    /// A civil date that is personal data: what was found is not told.
    pub fn private_date(&mut self, field: &str, value: &str) -> Option<Date> {
        let read = civil(value);
        if read.is_none() {
            self.wrong(field, None, DATE);
        }
        read
    }

    /// Text that is personal data, and must be there.
    pub fn private_text(&mut self, field: &str, value: String) -> String {
        if !value.chars().any(char::is_alphanumeric) || value.chars().count() > 64 {
            self.wrong(field, None, "1 to 64 characters, a letter or digit among them");
        }
        value
    }

    /// A moment that must be there.
    pub fn moment(&mut self, field: &str, value: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        if value.is_none() {
            self.wrong(field, None, "a moment");
        }
        self.optional_moment(field, value)
    }

    /// A moment that may be absent.
    pub fn optional_moment(
        &mut self,
        field: &str,
        value: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        let value = value?;
        let read = Timestamp::new(value.seconds, value.nanos).ok();
        if read.is_none() {
            self.wrong(field, None, "a moment of the years -9999 to 9999");
        }
        // Stored as microseconds: what is finer is cut off here, once.
        read.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
    }

    /// Notes what is wrong.
    pub fn wrong(&mut self, field: &str, found: Option<String>, allowed: &str) {
        self.found.push(FieldViolation { field: field.to_owned(), found, allowed: allowed.to_owned() });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The refusal that names everything found.
    pub fn refused(self) -> Error {
        FIELDS.refuse("the request can not be read as it is").fields(self.found).into()
    }
}

/// `YYYY-MM-DD` and nothing more.
pub(super) fn civil(value: &str) -> Option<Date> {
    (value.len() == 10).then(|| value.parse().ok()).flatten()
}

/// What was found, cut to what helps.
fn shown(value: &str) -> Option<String> {
    Some(value.chars().take(80).collect())
}
