//! Arms: the groups a trial compares, and what each is given.

use super::{Head, words};
use crate::ids::{ArmId, RegimenId};

/// `[arm.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Its id.
    pub id: ArmId,
    /// Section, label and assumptions.
    pub head: Head,
    /// What it is for.
    pub role: ArmRole,
    /// How many subjects it takes.
    pub size: Option<u32>,
    /// The regimens its subjects receive.
    pub gives: Vec<RegimenId>,
}

/// What an arm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArmRole {
    /// Receives what is tested.
    Experimental,
    /// Is compared with.
    Control,
    /// Receives a placebo.
    Placebo,
}

words!(ArmRole { Experimental = "experimental", Control = "control", Placebo = "placebo" });
