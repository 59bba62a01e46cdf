//! How fresh the weight must be from which a dose is reckoned (semantics 16).

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, Span};

/// `on the day`, or `within 7 days before dose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weigh {
    /// Weighed on the calendar day of the dose.
    OnTheDay,
    /// Weighed no longer than this before the dose.
    WithinBeforeDose(Span),
}

impl Scalar for Weigh {
    const NAME: &'static str = "time of weighing";
    const ALLOWED: &'static str =
        "on the day, or within a span before dose, such as within 7 days before dose";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        if scan.eat("on the day") {
            return Some(Self::OnTheDay);
        }
        scan.expect("within ")?;
        let span = Span::scan(scan)?;
        scan.expect(" before dose")?;
        Some(Self::WithinBeforeDose(span))
    }
}

impl fmt::Display for Weigh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnTheDay => f.write_str("on the day"),
            Self::WithinBeforeDose(span) => write!(f, "within {span} before dose"),
        }
    }
}

by_text!(Weigh);
