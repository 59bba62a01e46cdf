//! How many subjects, and the figures that the number follows from.

use rust_decimal::Decimal;

use super::{Head, words};
use crate::blocks::Blocks;
use crate::ids::{ArmId, EndpointId};
use crate::scalar::Percent;

/// `[sample-size]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSize {
    /// Section, label and assumptions.
    pub head: Head,
    /// The endpoint it is reckoned for.
    pub endpoint: Option<EndpointId>,
    /// The figures it follows from, where the source gives them.
    pub figures: Option<Figures>,
    /// The share expected to be lost.
    pub dropout: Option<Percent>,
    /// How many are enrolled.
    pub enroll: Enrollment,
}

/// The figures of a reckoned sample size; `per_arm` follows from the others (semantics 42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The test.
    pub test: SampleSizeTest,
    /// The share expected to reach the endpoint in each arm.
    pub expected: Blocks<ArmId, Percent>,
    /// The chance of a false positive.
    pub alpha: Decimal,
    /// One- or two-sided.
    pub sides: u32,
    /// The correction for counts.
    pub correction: Correction,
    /// The chance to find what is there.
    pub power: Decimal,
    /// What these give for each arm.
    pub per_arm: u32,
}

/// How many are enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrollment {
    /// By arm, where the source says so.
    pub arms: Blocks<ArmId, u32>,
    /// In all.
    pub total: Option<u32>,
}

/// The test that the size is reckoned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SampleSizeTest {
    /// Two proportions by Fleiss.
    TwoProportions,
}

/// The correction for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Correction {
    /// None.
    None,
    /// For continuity, after Fleiss, Tytun and Ury.
    Continuity,
}

words!(SampleSizeTest { TwoProportions = "two-proportions" });
words!(Correction { None = "none", Continuity = "continuity" });
