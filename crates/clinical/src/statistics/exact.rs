//! The exact interval of one proportion (Clopper and Pearson 1934): at least 95 % whatever the true share.

use statrs::function::beta::beta_reg;

use super::interval::Interval;
use super::proportion::Proportion;

/// Half of what 95 % leaves out.
const TAIL: f64 = 0.025;

/// Halvings of the interval 0 to 1: more than a double can tell apart.
const HALVINGS: u32 = 60;

/// Clopper and Pearson's 95 % interval.
pub fn clopper_pearson(proportion: Proportion) -> Interval {
    let (x, n) = (f64::from(proportion.count()), f64::from(proportion.of()));
    let lower = if proportion.count() == 0 { 0.0 } else { beta_quantile(x, n - x + 1.0, TAIL) };
    let upper =
        if proportion.count() == proportion.of() { 1.0 } else { beta_quantile(x + 1.0, n - x, 1.0 - TAIL) };
    Interval { lower, upper }
}

/// Where the beta distribution has the given share below it, found by halving.
fn beta_quantile(a: f64, b: f64, share: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beta_reg(a, b, middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2.2, `binom.test`.
    #[test]
    fn the_intervals_of_r() {
        for (count, of, lower, upper) in [
            (0, 34, 0.0, 0.102_817_924_259),
            (24, 31, 0.589_036_133_861, 0.904_057_831_654),
            (12, 31, 0.218_499_598_499, 0.578_130_410_866),
            (682, 925, 0.707_668_264_079, 0.765_406_558_242),
        ] {
            let found = clopper_pearson(Proportion::new(count, of).unwrap());
            assert!((found.lower - lower).abs() < 1e-9, "{count}/{of}: {found:?}");
            assert!((found.upper - upper).abs() < 1e-9, "{count}/{of}: {found:?}");
        }
    }

    #[test]
    fn all_of_all_reaches_one() {
        assert!((clopper_pearson(Proportion::new(7, 7).unwrap()).upper - 1.0).abs() < f64::EPSILON);
    }
}
