//! How subjects come into an arm or a cohort, and who may know which.

use super::{Head, words};
use crate::blocks::Blocks;
use crate::ids::ArmId;

/// `[allocation]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Section, label and assumptions.
    pub head: Head,
    /// How many of each arm come in a row of the ratio; empty without randomization.
    pub ratio: Blocks<ArmId, u32>,
    /// How it is done.
    pub method: AllocationMethod,
    /// The sizes of the blocks, each a multiple of the ratio's sum.
    pub blocks: Vec<u32>,
    /// What subjects are stratified by.
    pub strata: Vec<String>,
    /// Who is kept from knowing.
    pub blinding: Blinding,
    /// Those who are blind, as the file names them.
    pub blind: Vec<String>,
}

/// Roles of whoever treats, judges or speaks with the participant.
const AROUND_THE_PARTICIPANT: [&str; 5] =
    ["principal-investigator", "investigator", "coordinator", "bedside-nurse", "safety-officer"];

impl Allocation {
    /// Whether the file keeps a role from knowing the arm. Where the investigator is blind, so is everybody who treats,
    /// judges or speaks with the participant. The role is named as tokens name it.
    pub fn is_blind(&self, role: &str) -> bool {
        let named = self.blind.iter().any(|who| who == "investigator");
        (self.blinding == Blinding::DoubleBlind || named) && AROUND_THE_PARTICIPANT.contains(&role)
    }
}

/// How subjects come into an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllocationMethod {
    /// A list of permuted blocks.
    PermutedBlocks,
    /// There is one arm.
    SingleArm,
    /// Into the cohort that is open.
    NextCohort,
    /// The investigator chooses.
    InvestigatorChoice,
}

/// Who is kept from knowing the arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blinding {
    /// Nobody.
    OpenLabel,
    /// The participant.
    SingleBlind,
    /// The participant and those who treat and judge.
    DoubleBlind,
}

words!(AllocationMethod {
    PermutedBlocks = "permuted-blocks",
    SingleArm = "single-arm",
    NextCohort = "next-cohort",
    InvestigatorChoice = "investigator-choice",
});
words!(Blinding { OpenLabel = "open-label", SingleBlind = "single-blind", DoubleBlind = "double-blind" });
