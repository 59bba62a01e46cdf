//! The names in a trial file, each kind a type of its own: a rule's id never turns into an arm's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that can name nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no id; allowed: 1 to 64 letters, digits, - and _")]
pub struct InvalidId {
    /// The text as it stood there.
    pub found: String,
}

const LONGEST: usize = 64;

fn checked(text: &str) -> Result<String, InvalidId> {
    let fits = !text.is_empty()
        && text.chars().count() <= LONGEST
        && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if fits { Ok(text.to_owned()) } else { Err(InvalidId { found: text.to_owned() }) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
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

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
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
    /// A trial, the same in all its versions: `pgf-msc`.
    TrialId
);
id!(
    /// An eligibility criterion, `include.x` or `exclude.x`.
    CriterionId
);
id!(
    /// An arm.
    ArmId
);
id!(
    /// An investigational product.
    ProductId
);
id!(
    /// A treatment regimen.
    RegimenId
);
id!(
    /// A cohort of an escalation.
    CohortId
);
id!(
    /// An event of a dictionary or of the protocol.
    EventId
);
id!(
    /// A phase of the schedule.
    PhaseId
);
id!(
    /// An activity of a dictionary.
    ActivityId
);
id!(
    /// A response assessment.
    ResponseId
);
id!(
    /// One category of a response.
    CategoryId
);
id!(
    /// An endpoint.
    EndpointId
);
id!(
    /// A collection of adverse events.
    CollectId
);
id!(
    /// A safety or discontinuation rule; also the reason code of what it does.
    RuleId
);
id!(
    /// A reporting obligation.
    ReportId
);
id!(
    /// An open question of the paper.
    OpenId
);
id!(
    /// A fact of a dictionary.
    FactId
);
id!(
    /// One of the words a choice or ordered fact may take.
    Word
);
