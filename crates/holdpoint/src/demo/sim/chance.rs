//! Chance that a seed repeats: each thing that is drawn has a stream of its own, named after what it is for, so that what is
//! drawn for one subject never shifts another's.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// One stream.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha20Rng);

impl Chance {
    /// The stream of a name: "course of P-017".
    pub fn of(seed: u64, name: &str) -> Self {
        let mut generator = ChaCha20Rng::seed_from_u64(seed);
        generator.set_stream(fnv1a(name));
        Self(generator)
    }

    /// A whole number from `least` to `most`, both inside; `least` where `most` is below it.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        if most <= least { least } else { self.0.random_range(least..=most) }
    }

    /// True so many times in a thousand.
    pub fn permille(&mut self, share: u32) -> bool {
        self.0.random_range(0..1_000) < share
    }

    /// One of several; none of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        match of.len() {
            0 => None,
            many => of.get(self.0.random_range(0..many)),
        }
    }

    /// A number that names something sent: a message, an order.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// Fowler, Noll and Vo's hash: the same on every machine and in every release.
fn fnv1a(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_names_part() {
        let draw = |seed, name| {
            let mut chance = Chance::of(seed, name);
            (0..8).map(|_| chance.between(0, 1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, "a"), draw(7, "a"));
        assert_ne!(draw(7, "a"), draw(7, "b"));
        assert_ne!(draw(7, "a"), draw(8, "a"));
    }

    #[test]
    fn both_ends_are_inside_and_nothing_is_picked_of_nothing() {
        let mut chance = Chance::of(1, "ends");
        let drawn: std::collections::BTreeSet<i64> = (0..200).map(|_| chance.between(1, 3)).collect();
        assert_eq!(drawn, [1, 2, 3].into());
        assert_eq!(chance.between(5, 2), 5);
        assert!(chance.pick::<u8>(&[]).is_none());
    }
}
