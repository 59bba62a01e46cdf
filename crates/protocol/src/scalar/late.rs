//! What becomes of a dose that was missed in its window (semantics 15).

use std::fmt;

use super::error::by_text;
use super::{Scalar, Scan};

/// `skip`, or `shift, at least 5 days apart, at most 10 days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Late {
    /// The missed dose is left out; the others keep their days.
    Skip,
    /// It is given later, and the following shift with it.
    Shift {
        /// Days that two doses in a row are apart at least, of 24 hours.
        least_days: u32,
        /// Days after the last dose beyond which none is planned or started.
        most_days: u32,
    },
}

impl Scalar for Late {
    const NAME: &'static str = "rule for late doses";
    const ALLOWED: &'static str = "skip, or shift, at least N days apart, at most M days";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        if scan.eat("skip") {
            return Some(Self::Skip);
        }
        scan.expect("shift, at least ")?;
        let least_days = scan.count()?;
        scan.expect(" days apart, at most ")?;
        let most_days = scan.count()?;
        scan.expect(" days")?;
        Some(Self::Shift { least_days, most_days })
    }
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skip => f.write_str("skip"),
            Self::Shift { least_days, most_days } => {
                write!(f, "shift, at least {least_days} days apart, at most {most_days} days")
            }
        }
    }
}

by_text!(Late);
