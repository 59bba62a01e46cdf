//! Typed ids: a hold's id never turns into a permit's. They are texts passed in; nothing here mints one.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as it travels and is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id, or none where the text is empty (an empty text on the wire means unknown).
            pub fn known(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A trial, as its file names it.
    TrialId,
    /// A site of the trial.
    SiteId,
    /// An arm of the trial file.
    ArmId,
    /// A cohort of the trial file.
    CohortId,
    /// The trial's own code of a subject; no personal data.
    SubjectId,
    /// One planned infusion of one subject, as dosing names it.
    InfusionId,
    /// A hold; random, so that a restored service cannot repeat one.
    HoldId,
    /// A permit; random.
    PermitId,
    /// One asking for a permit; random, minted by the asker, used once.
    AskId,
    /// A reported adverse event.
    AdverseEventId,
    /// A laboratory finding that may be an adverse event; the same for every change of its episode.
    CandidateId,
    /// An alert.
    AlertId,
    /// A duty to report an adverse event to someone.
    ObligationId,
    /// A recorded decision of the safety board.
    DecisionId,
    /// A rule of the trial file; the reason code.
    RuleId,
    /// A person, by account name.
    Person,
    /// A service that follows and is followed.
    Peer,
}
