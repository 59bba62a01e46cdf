//! When the first dose is due: `within 7 days after randomization`, or after a phase.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};

/// `within SPAN after EVENT-or-PHASE` (semantics 14).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct First {
    /// How long after it.
    pub within: Span,
    /// The id of a phase, counted from its end, or of an event; a phase goes before an event of that name.
    pub after: String,
}

impl Scalar for First {
    const NAME: &'static str = "time of the first dose";
    const ALLOWED: &'static str =
        "within a span after an event or a phase, such as within 7 days after randomization";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.expect("within ")?;
        let within = Span::scan(scan)?;
        scan.expect(" after ")?;
        Some(Self { within, after: scan.remainder()?.to_owned() })
    }
}

impl fmt::Display for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "within {} after {}", self.within, self.after)
    }
}

by_text!(First);
