//! Twelve invented subjects. Everything invented comes from the seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// One invented subject.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// "P-001"
    pub id: String,
    pub birth_date: String,
    pub sex: &'static str,
    pub kilograms: u32,
    /// Filled in when the allocation is shown.
    pub arm: String,
}

/// The subjects, in the order in which they are screened. The last waits for randomization when the evening comes.
pub(super) struct Cast {
    pub subjects: Vec<Subject>,
}

/// How many are screened.
const SUBJECTS: usize = 12;

impl Cast {
    pub fn invented(seed: u64) -> Self {
        let mut chance = ChaCha20Rng::seed_from_u64(seed);
        let subjects = (1..=SUBJECTS)
            .map(|number| Subject {
                id: format!("P-{number:03}"),
                birth_date: format!(
                    "{}-{:02}-{:02}",
                    chance.random_range(1968..=2005),
                    chance.random_range(1..=12),
                    chance.random_range(1..=28)
                ),
                sex: if chance.random_range(0..2) == 0 { "female" } else { "male" },
                kilograms: chance.random_range(46..=84),
                arm: String::new(),
            })
            .collect();
        Self { subjects }
    }

    /// The one who waits for randomization.
    pub fn candidate(&self) -> &Subject {
        &self.subjects[SUBJECTS - 1]
    }

    /// Those who are randomized before the evening.
    pub fn early(&self) -> std::ops::Range<usize> {
        0..SUBJECTS - 1
    }

    /// Subjects of the arm that is given cells, in order.
    pub fn treated(&self) -> Vec<Subject> {
        self.subjects.iter().filter(|subject| subject.arm == "msc").cloned().collect()
    }
}
