//! Who plays: the trial's people with their roles, and twelve invented subjects. Everything invented comes from the seed.

use holdpoint_chassis::identity::Role;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::client::{Desk, Person};

/// The trial's people.
pub(super) struct People {
    pub administrator: Person,
    pub principal: Person,
    pub investigator: Person,
    pub coordinator: Person,
    pub pharmacist: Person,
    pub nurse: Person,
    pub second_nurse: Person,
    pub safety_officer: Person,
    pub board_member: Person,
    pub auditor: Person,
}

impl People {
    pub fn arrive(desk: &Desk) -> anyhow::Result<Self> {
        Ok(Self {
            administrator: desk.person("adam", &[Role::Administrator])?,
            principal: desk.person("lin", &[Role::PrincipalInvestigator])?,
            investigator: desk.person("wei", &[Role::Investigator])?,
            coordinator: desk.person("mei", &[Role::Coordinator])?,
            pharmacist: desk.person("tan", &[Role::Pharmacist])?,
            nurse: desk.person("yan", &[Role::BedsideNurse])?,
            second_nurse: desk.person("hua", &[Role::BedsideNurse])?,
            safety_officer: desk.person("song", &[Role::SafetyOfficer])?,
            board_member: desk.person("bao", &[Role::BoardMember])?,
            auditor: desk.person("otto", &[Role::Auditor])?,
        })
    }

    /// Everyone whom the principal investigator delegates a role to.
    pub fn delegated(&self) -> [(&Person, Role); 8] {
        [
            (&self.investigator, Role::Investigator),
            (&self.coordinator, Role::Coordinator),
            (&self.pharmacist, Role::Pharmacist),
            (&self.nurse, Role::BedsideNurse),
            (&self.second_nurse, Role::BedsideNurse),
            (&self.safety_officer, Role::SafetyOfficer),
            (&self.board_member, Role::BoardMember),
            (&self.auditor, Role::Auditor),
        ]
    }
}

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
