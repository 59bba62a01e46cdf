//! The scale by which adverse events are graded, with its version: `CTCAE 5.0`.

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan};

/// A version of the Common Terminology Criteria for Adverse Events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scale {
    /// The number before the point.
    pub major: u8,
    /// The number after it.
    pub minor: u8,
}

impl Scalar for Scale {
    const NAME: &'static str = "grading scale";
    const ALLOWED: &'static str = "CTCAE and its version, such as CTCAE 5.0";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.expect("CTCAE ")?;
        let major = scan.count()?;
        scan.expect(".")?;
        let minor = scan.count()?;
        let digit = |number: u32| u8::try_from(number).ok().filter(|digit| *digit < 10);
        Some(Self { major: digit(major)?, minor: digit(minor)? })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CTCAE {}.{}", self.major, self.minor)
    }
}

by_text!(Scale);
