//! How often something recurs, as the keys of `[windows]` name it: `per-week`, `per-3-months`.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan, SpanUnit};

/// Every `number` units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cadence {
    /// The unit.
    pub unit: SpanUnit,
    /// How many units.
    pub number: u32,
}

impl Cadence {
    /// Every single unit: the cadence whose window fixed days of that unit take (semantics 32).
    pub fn each(unit: SpanUnit) -> Self {
        Self { unit, number: 1 }
    }
}

impl Scalar for Cadence {
    const NAME: &'static str = "cadence";
    const ALLOWED: &'static str = "per-UNIT or per-N-UNITs, such as per-week or per-3-months";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.expect("per-")?;
        let number = scan.attempt(|s| {
            let number = s.count()?;
            s.expect("-")?;
            Some(number)
        });
        let unit = SpanUnit::scan(scan)?;
        scan.eat("s");
        Some(Self { unit, number: number.unwrap_or(1) })
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.number == 1 {
            write!(f, "per-{}", self.unit)
        } else {
            write!(f, "per-{}-{}s", self.number, self.unit)
        }
    }
}

by_text!(Cadence);
