//! One proportion with Wilson's score interval (Wilson 1927): never outside 0 to 1, and sensible for small groups.

use std::fmt;

use super::interval::{Interval, Z_95};

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    count: u32,
    of: u32,
}

impl Proportion {
    /// `count` of `of`; none where nobody was looked at, or more counted than there are.
    pub fn new(count: u32, of: u32) -> Option<Self> {
        (of > 0 && count <= of).then_some(Self { count, of })
    }

    /// How many were counted.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Among how many.
    pub fn of(self) -> u32 {
        self.of
    }

    /// The share of one.
    pub fn share(self) -> f64 {
        f64::from(self.count) / f64::from(self.of)
    }
}

impl fmt::Display for Proportion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}, {:.1} %", self.count, self.of, 100.0 * self.share())
    }
}

/// Wilson's 95 % interval, without correction for continuity.
pub fn wilson(proportion: Proportion) -> Interval {
    let (n, p) = (f64::from(proportion.of), proportion.share());
    let z2 = Z_95 * Z_95;
    let middle = p + z2 / (2.0 * n);
    let reach = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // At 0 and at n the end is exact; rounding must not put it outside.
    let lower = if proportion.count == 0 { 0.0 } else { (middle - reach) / scale };
    let upper = if proportion.count == proportion.of { 1.0 } else { (middle + reach) / scale };
    Interval { lower, upper }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() < 5e-5
    }

    /// Newcombe 1998 ("Two-sided confidence intervals for the single proportion"), table I, method 3.
    #[test]
    fn the_intervals_of_the_literature() {
        for (count, of, lower, upper) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(Proportion::new(count, of).unwrap());
            assert!(near(found.lower, lower) && near(found.upper, upper), "{count}/{of}: {found:?}");
        }
    }

    #[test]
    fn nobody_looked_at_is_no_proportion() {
        assert!(Proportion::new(0, 0).is_none() && Proportion::new(3, 2).is_none());
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_stays_inside(of in 1u32..5_000, part in 0.0f64..=1.0) {
            let count = (f64::from(of) * part) as u32;
            let proportion = Proportion::new(count, of).unwrap();
            let found = wilson(proportion);
            prop_assert!(0.0 <= found.lower && found.upper <= 1.0);
            prop_assert!(found.lower <= proportion.share() && proportion.share() <= found.upper);
        }
    }
}
