//! An interval of confidence.

use std::fmt;

/// The quantile of the normal distribution for two-sided 95 %.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// Lower and upper end, both as shares of one, at 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} to {:.1} %", 100.0 * self.lower, 100.0 * self.upper)
    }
}
