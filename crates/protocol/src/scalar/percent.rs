//! Whole percentages, and tolerances to either side.

use std::fmt;

use rust_decimal::Decimal;

use super::error::by_text;
use super::{Scalar, Scan};

/// `10 %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u32);

/// `±10 %`: what is given may differ so much from what is reckoned, both ends inside (semantics 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tolerance(Percent);

impl Percent {
    /// The percentage as a share of one: 10 % is 0.10.
    pub fn share(self) -> Decimal {
        Decimal::new(i64::from(self.0), 2)
    }

    /// The number before the sign.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Tolerance {
    /// How far to either side.
    pub fn percent(self) -> Percent {
        self.0
    }
}

impl Scalar for Percent {
    const NAME: &'static str = "percentage";
    const ALLOWED: &'static str = "a whole number, a blank and %, such as 10 %";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let number = scan.count()?;
        scan.expect(" %")?;
        Some(Self(number))
    }
}

impl Scalar for Tolerance {
    const NAME: &'static str = "tolerance";
    const ALLOWED: &'static str = "± and a whole percentage, such as ±10 %";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.expect("±")?;
        Percent::scan(scan).map(Self)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "±{}", self.0)
    }
}

by_text!(Percent);
by_text!(Tolerance);
