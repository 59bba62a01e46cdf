//! How long a condition must last (semantics 23 and 24).

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};

/// `7 consecutive days`, or `2 weeks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunFor {
    /// A fitting value on each of so many calendar days in a row.
    ConsecutiveDays(u32),
    /// All values fit over a span, no two in a row more than 7 days apart.
    Span(Span),
}

impl Scalar for RunFor {
    const NAME: &'static str = "length of a run";
    const ALLOWED: &'static str = "N consecutive days, or a span such as 2 weeks";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let consecutive = scan.attempt(|s| {
            let days = s.count()?;
            s.expect(" consecutive days")?;
            Some(days)
        });
        match consecutive {
            Some(days) => Some(Self::ConsecutiveDays(days)),
            None => Span::scan(scan).map(Self::Span),
        }
    }
}

impl fmt::Display for RunFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConsecutiveDays(days) => write!(f, "{days} consecutive days"),
            Self::Span(span) => write!(f, "{span}"),
        }
    }
}

by_text!(RunFor);
