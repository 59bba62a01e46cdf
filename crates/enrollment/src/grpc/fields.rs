//! Reads what enrollment's requests carry beside what every room reads: ids that are judged as they are read, and personal
//! data, of which nothing is ever told back.

use std::ops::{Deref, DerefMut};
use std::str::FromStr;

use holdpoint_chassis::fields;
use jiff::civil::Date;

use crate::error::FIELDS;

/// What an id may be.
const ID: &str = "1 to 64 letters, digits, '-', '_' and '.'";
/// What a date may be.
const DATE: &str = "a calendar date as YYYY-MM-DD";
/// The longest text that is taken.
const LONGEST: usize = 4_000;

/// The fields of a request of enrollment's.
pub struct Fields(fields::Fields);

impl Default for Fields {
    fn default() -> Self {
        Self(fields::Fields::of(&FIELDS))
    }
}

impl Deref for Fields {
    type Target = fields::Fields;

    fn deref(&self) -> &fields::Fields {
        &self.0
    }
}

impl DerefMut for Fields {
    fn deref_mut(&mut self) -> &mut fields::Fields {
        &mut self.0
    }
}

impl Fields {
    /// An id that must be there.
    pub fn id<T: FromStr>(&mut self, field: &str, value: &str) -> Option<T> {
        self.parsed(field, value, ID)
    }

    /// An id that may be absent.
    pub fn optional_id<T: FromStr>(&mut self, field: &str, value: &str) -> Option<T> {
        if value.is_empty() { None } else { self.id(field, value) }
    }

    /// Text that must be there, as it was written.
    pub fn text(&mut self, field: &str, value: String) -> String {
        if value.trim().is_empty() || value.chars().count() > LONGEST {
            self.wrong(field, None, "1 to 4,000 characters");
        }
        value
    }

    /// A civil date.
    pub fn date(&mut self, field: &str, value: &str) -> Option<Date> {
        let read = fields::date(value);
        if read.is_none() {
            self.wrong(field, fields::shown(value), DATE);
        }
        read
    }

    /// A civil date that is personal data: what was found is not told.
    pub fn private_date(&mut self, field: &str, value: &str) -> Option<Date> {
        let read = fields::date(value);
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

    /// The refusal that names everything found.
    pub fn refused(self) -> holdpoint_chassis::error::Error {
        self.0.refused().into()
    }
}
