//! How far apart repeated doses are due: `1 week`, or a range such as `3..5 days`.

use std::fmt;

use rust_decimal::Decimal;

use super::error::by_text;
use super::{Scalar, Scan, Span};

/// The time from one dose to the next, shortest and longest (format 3.3, `every`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    least: Span,
    most: Span,
}

impl Interval {
    /// The shortest time between two; the same as the longest when no range is written.
    pub fn least(&self) -> Span {
        self.least
    }

    /// The longest time between two.
    pub fn most(&self) -> Span {
        self.most
    }

    /// Whether a range is written.
    pub fn is_range(&self) -> bool {
        self.least != self.most
    }
}

impl From<Span> for Interval {
    fn from(span: Span) -> Self {
        Self { least: span, most: span }
    }
}

impl Scalar for Interval {
    const NAME: &'static str = "interval";
    const ALLOWED: &'static str = "a span such as 1 week, or a range such as 3..5 days";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let least = scan.attempt(|s| {
            let least = s.count()?;
            s.expect("..")?;
            Some(Decimal::from(least))
        });
        let most = Span::scan(scan)?;
        match least {
            None => Some(most.into()),
            Some(least) if least <= most.number() => {
                Some(Self { least: Span::new(least, most.unit())?, most })
            }
            Some(_) => None,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_range() {
            write!(f, "{}..", self.least.number())?;
        }
        write!(f, "{}", self.most)
    }
}

by_text!(Interval);
