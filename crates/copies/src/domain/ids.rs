//! The names that rooms share, each kind a type of its own: a subject's never turns into a hold's. Ids are passed in,
//! never minted here. [`ids!`](crate::ids!) makes the names that one room alone has.

/// Types of names: texts that never turn into each other.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text of the id, as it travels and is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id, or none where the text is empty: an empty text on the wire means unknown.
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

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A trial, as its file names it.
    TrialId,
    /// The trial's own code of a subject: `P-017`. No personal data.
    SubjectId,
    /// One numbered infusion of a subject, as dosing names it.
    InfusionId,
    /// Safety's leave for one start, once. Random.
    PermitId,
    /// A hold of safety's. Random, so that a restored service cannot repeat one.
    HoldId,
}
