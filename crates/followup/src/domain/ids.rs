//! The names that followup uses, each kind a type of its own: a subject's never turns into a record's. Ids are passed
//! in, never minted here. Phases, activities and events keep the types of the protocol crate.

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
    /// A record that an activity was performed.
    RecordId,
    /// A hold of safety's.
    HoldId,
    /// A deviation from the protocol that somebody wrote down.
    DeviationId,
}
