//! The names that enrollment gives or keeps, each kind a type of its own. What a trial file names (arms, events,
//! rules) has its types in `holdpoint_protocol::ids`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use holdpoint_protocol::ids::{
    ActivityId, ArmId, CohortId, CriterionId, EventId, FactId, RuleId, TrialId,
};

/// Text that can name nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no id; allowed: 1 to 64 letters, digits, '-', '_' and '.'")]
pub struct InvalidId;

const LONGEST: usize = 64;

fn checked(text: &str) -> Result<String, InvalidId> {
    let fits = !text.is_empty()
        && text.chars().count() <= LONGEST
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits { Ok(text.to_owned()) } else { Err(InvalidId) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The letters of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                checked(text).map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id.to_string())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A subject by the trial's own code, "P-017": never a hospital number, never initials.
    SubjectId
);
id!(
    /// A site by its short id, "cq2".
    SiteId
);
id!(
    /// A permit of safety, as safety named it.
    PermitId
);
id!(
    /// One record of something that happened to a subject.
    MilestoneId
);
id!(
    /// One delegation of a role to a person.
    DelegationId
);
id!(
    /// A hold of safety, as safety named it.
    HoldId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        assert!("P-017".parse::<SubjectId>().is_ok());
        for bad in ["", "P 017", "P/017", &"x".repeat(65), "a\nb"] {
            assert!(bad.parse::<SubjectId>().is_err(), "{bad:?}");
        }
    }
}
