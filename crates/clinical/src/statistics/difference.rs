//! The difference of two independent proportions with Newcombe's hybrid score interval (Newcombe 1998, method 10).

use super::interval::Interval;
use super::proportion::{Proportion, wilson};

/// The first share less the second, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The difference, a share of one: negative where the second is larger.
    pub estimate: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Newcombe's method 10: the Wilson limits of each proportion, put together by their distances.
pub fn newcombe(first: Proportion, second: Proportion) -> Difference {
    let (p1, p2) = (first.share(), second.share());
    let (w1, w2) = (wilson(first), wilson(second));
    let estimate = p1 - p2;
    let down = ((p1 - w1.lower).powi(2) + (w2.upper - p2).powi(2)).sqrt();
    let up = ((w1.upper - p1).powi(2) + (p2 - w2.lower).powi(2)).sqrt();
    Difference {
        estimate,
        interval: Interval { lower: (estimate - down).max(-1.0), upper: (estimate + up).min(1.0) },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Newcombe 1998, table II, with two rows of the sizes that the first trial uses.
    const EXAMPLES: &str = include_str!("newcombe1998_examples.csv");

    #[test]
    fn the_examples_of_the_paper() {
        let mut checked = 0;
        for line in EXAMPLES.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let count = |at: usize| cells[at].parse::<u32>().unwrap();
            let share = |at: usize| cells[at].parse::<f64>().unwrap();
            let found = newcombe(
                Proportion::new(count(0), count(1)).unwrap(),
                Proportion::new(count(2), count(3)).unwrap(),
            );
            for (value, wanted) in [
                (found.estimate, share(4)),
                (found.interval.lower, share(9)),
                (found.interval.upper, share(10)),
            ] {
                assert!((value - wanted).abs() < 6e-5, "{line}: {found:?}");
            }
            checked += 1;
        }
        assert_eq!(checked, 10);
    }

    proptest! {
        #[test]
        fn exchanging_the_groups_mirrors_the_interval(a in 0u32..40, b in 0u32..40) {
            let (a, b) = (Proportion::new(a, 40).unwrap(), Proportion::new(b, 40).unwrap());
            let (there, back) = (newcombe(a, b), newcombe(b, a));
            prop_assert!((there.interval.lower + back.interval.upper).abs() < 1e-12);
            prop_assert!((there.estimate + back.estimate).abs() < 1e-12);
        }
    }
}
