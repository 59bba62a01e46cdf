//! The names that dosing uses, each kind a type of its own: a subject's never turns into a lot's. Ids are passed in,
//! never minted here.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A trial.
    TrialId,
    /// The trial's own code of a subject: `P-017`.
    SubjectId,
    /// One numbered infusion of a subject.
    InfusionId,
    /// A maker's lot of a product.
    LotId,
    /// Safety's leave for one start, once.
    PermitId,
    /// A hold of safety's.
    HoldId,
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
