//! What a version changes of the one before (format 3.6).

use super::Head;

/// `[amendment]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Section and assumptions.
    pub head: Head,
    /// Its number, from 1.
    pub number: Option<u32>,
    /// The version it replaces.
    pub replaces: Option<String>,
    /// Who approved it, and on which day.
    pub approved: Vec<(String, jiff::civil::Date)>,
    /// Why.
    pub reason: Option<String>,
    /// The blocks that differ.
    pub sections: Vec<String>,
    /// Whether it is substantial.
    pub substantial: Option<bool>,
    /// To whom it applies.
    pub applies_to: Option<String>,
}
