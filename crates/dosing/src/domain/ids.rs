//! The names that dosing uses, each kind a type of its own: a subject's never turns into a lot's. Ids are passed in,
//! never minted here.

use std::fmt;

pub use holdpoint_copies::ids::{HoldId, InfusionId, PermitId, SubjectId, TrialId};
use serde::{Deserialize, Serialize};

holdpoint_copies::ids! {
    /// A maker's lot of a product.
    LotId,
    /// One measured weight.
    WeightId,
    /// A product, as trial files name it.
    ProductId,
    /// A regimen, as the trial file names it.
    RegimenId,
    /// One record of something given beside the infusions.
    RecordId,
}

/// Counts the asks of one infusion, from 1; a later ask carries a higher number (holds.md step 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(pub u32);

impl Attempt {
    /// Nothing was asked yet.
    pub const NONE: Self = Self(0);
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
