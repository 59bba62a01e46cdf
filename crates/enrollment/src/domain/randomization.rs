//! How the randomization list of a trial is drawn: permuted blocks of the file's sizes, the sizes drawn at random so
//! that they sum exactly to the arms' sizes, the arms within a block shuffled; ChaCha20 from a sealed 32-byte seed.
//! The list is a pure function of seed and design, so it is never stored, never rewritten, and anybody who is given
//! the seed can replay it (`pgf-msc` [allocation]; facts.md R30; holds.md, "A randomisation").

use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::ArmId;

/// Name and version of the way a list comes from its seed. Any change of a drawn list is a new version.
pub const ALGORITHM: &str = "permuted-blocks/chacha20/1";

/// The secret from which a list is drawn. Shown to nobody before the trial ends; its SHA-256 is journaled first.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What may be told of it: SHA-256, lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(sealed)")
    }
}

/// One arm's part in a design.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// The arm, by the file's id.
    pub arm: ArmId,
    /// How many times it comes in a row of the ratio.
    pub ratio: u32,
    /// How many subjects it takes.
    pub size: u32,
}

/// What the file says about the list, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Design {
    shares: Vec<Share>,
    blocks: Vec<u32>,
}

/// Why no list can be drawn from what the file says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// Nothing to draw.
    #[error("a list needs an arm, and each arm a ratio and a size above 0")]
    Empty,
    /// Sizes that no row of the ratio adds up to.
    #[error("the arms' sizes are not in the ratio of the allocation")]
    SizesNotInRatio,
    /// A block that can not hold whole rows of the ratio.
    #[error("block size {0} is no multiple of the ratio's sum {1}")]
    BlockNotInRatio(u32, u32),
    /// No choice of blocks has exactly the arms' sizes.
    #[error("no blocks of sizes {0:?} sum to {1} subjects")]
    NoSum(Vec<u32>, u32),
}

impl Design {
    /// Checks arms and block sizes; the order of the arms is the file's and is part of the algorithm.
    pub fn new(shares: Vec<Share>, mut blocks: Vec<u32>) -> Result<Self, DesignError> {
        let ratio = shares.iter().map(|share| share.ratio).sum::<u32>();
        if shares.is_empty() || blocks.is_empty() || shares.iter().any(|s| s.ratio == 0 || s.size == 0) {
            return Err(DesignError::Empty);
        }
        let rows = shares[0].size / shares[0].ratio;
        if shares.iter().any(|share| share.ratio.checked_mul(rows) != Some(share.size)) {
            return Err(DesignError::SizesNotInRatio);
        }
        if let Some(&odd) = blocks.iter().find(|&&block| block == 0 || block % ratio != 0) {
            return Err(DesignError::BlockNotInRatio(odd, ratio));
        }
        blocks.sort_unstable();
        blocks.dedup();
        let design = Self { shares, blocks };
        let size = design.size();
        if !design.reachable()[size as usize] {
            return Err(DesignError::NoSum(design.blocks, size));
        }
        Ok(design)
    }

    /// The one arm of a trial without comparison, as a list of single places.
    pub fn single(arm: ArmId, size: u32) -> Result<Self, DesignError> {
        Self::new(vec![Share { arm, ratio: 1, size }], vec![1])
    }

    /// Places on the list: the arms' sizes together.
    pub fn size(&self) -> u32 {
        self.shares.iter().map(|share| share.size).sum()
    }

    /// The arms, in the file's order.
    pub fn arms(&self) -> impl Iterator<Item = &ArmId> {
        self.shares.iter().map(|share| &share.arm)
    }

    /// For each number of places up to the list's size: do blocks exist that sum to it?
    fn reachable(&self) -> Vec<bool> {
        let mut reachable = vec![false; self.size() as usize + 1];
        reachable[0] = true;
        for at in 1..reachable.len() {
            reachable[at] = self
                .blocks
                .iter()
                .any(|&block| at.checked_sub(block as usize).is_some_and(|left| reachable[left]));
        }
        reachable
    }

    /// One block of whole rows of the ratio, in the file's order of arms.
    fn unshuffled(&self, block: u32) -> Vec<&ArmId> {
        let rows = block / self.shares.iter().map(|share| share.ratio).sum::<u32>();
        self.shares
            .iter()
            .flat_map(|share| std::iter::repeat_n(&share.arm, (share.ratio * rows) as usize))
            .collect()
    }
}

/// The list of one stratum, first place first. Each stratum has a stream of the generator for itself, so that what
/// happens in one never shifts another; the unstratified list is stream 0.
pub fn draw<'a>(seed: &Seed, design: &'a Design, stratum: &Stratum) -> Vec<&'a ArmId> {
    let mut rng = ChaCha20Rng::from_seed(seed.0);
    rng.set_stream(stratum.stream());
    let reachable = design.reachable();
    let mut left = design.size();
    let mut list = Vec::with_capacity(left as usize);
    while left > 0 {
        let fitting: Vec<u32> = design
            .blocks
            .iter()
            .copied()
            .filter(|&block| left.checked_sub(block).is_some_and(|rest| reachable[rest as usize]))
            .collect();
        let size = fitting[below(&mut rng, fitting.len() as u32) as usize];
        let mut block = design.unshuffled(size);
        shuffle(&mut rng, &mut block);
        list.extend(block);
        left -= size;
    }
    list
}

/// Fisher and Yates, from the end: part of the algorithm's definition.
fn shuffle<T>(rng: &mut impl Rng, items: &mut [T]) {
    for at in (1..items.len()).rev() {
        items.swap(at, below(rng, at as u32 + 1) as usize);
    }
}

/// A number below `bound`, every one as likely: words of the generator that would favor some are thrown away.
fn below(rng: &mut impl Rng, bound: u32) -> u32 {
    let fair = u32::MAX - u32::MAX % bound;
    loop {
        let word = rng.next_u32();
        if word < fair {
            return word % bound;
        }
    }
}

/// The stratum that a subject belonged to when the place was drawn: fact and value of each, in the order of the
/// facts' names. Never changed afterwards, even when a fact is corrected (field.md story 18).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stratum(std::collections::BTreeMap<String, String>);

impl Stratum {
    /// From facts and values in any order.
    pub fn new(of: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(of.into_iter().collect())
    }

    /// "donor=haploidentical;pgf-type=primary"; empty for an unstratified trial.
    pub fn key(&self) -> String {
        self.0.iter().map(|(fact, value)| format!("{fact}={value}")).collect::<Vec<_>>().join(";")
    }

    /// Each fact with its value, in the order of the names.
    pub fn factors(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    fn stream(&self) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        let digest = Sha256::digest(self.key());
        u64::from_be_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ])
    }
}

#[cfg(test)]
#[path = "randomization_tests.rs"]
mod tests;
