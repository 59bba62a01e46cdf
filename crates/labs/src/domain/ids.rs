//! The names that labs uses, each kind a type of its own: a subject's never turns into a result's. Ids are passed in,
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
    /// A laboratory that sends results: the principal of its token.
    FeedId,
    /// One analyte of one specimen of one subject, the same for every word of the laboratory about it.
    ResultId,
    /// One analyte that waits for a person.
    QuarantineId,
    /// A finding that a person must judge.
    CandidateId,
}
