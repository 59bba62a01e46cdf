//! Personal data (initials, hospital number, birth date): kept apart from everything that is logged, traced or told.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A value that names a person. It has no `Display` and its `Debug` hides it; serializing it takes
/// `#[serde(with = "holdpoint_chassis::phi::exposed")]`, so that writing it anywhere is a decision someone can read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the private part of the journal, the store, or the person who may see it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(hidden)")
    }
}

/// Taking personal data in gives nothing away.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Phi<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// For `#[serde(with = ...)]` on a field that is stored where personal data belongs.
pub mod exposed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Phi;

    /// Writes the value in the clear.
    pub fn serialize<T: Serialize, S: Serializer>(value: &Phi<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.expose().serialize(serializer)
    }

    /// Reads the value.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Phi<T>, D::Error> {
        Phi::deserialize(deserializer)
    }
}

/// The same for a field that may be absent.
pub mod exposed_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Phi;

    /// Writes the value in the clear.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Phi<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Phi::expose).serialize(serializer)
    }

    /// Reads the value.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Phi<T>>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Subject {
        #[serde(with = "exposed")]
        initials: Phi<String>,
        #[serde(with = "exposed_option", default)]
        born: Option<Phi<String>>,
    }

    #[test]
    fn personal_data_shows_only_where_someone_says_so() {
        let subject = Subject { initials: Phi::new("QXZ".into()), born: Some(Phi::new("1961-02-03".into())) };
        let shown = format!("{subject:?}");
        assert!(!shown.contains("QXZ") && !shown.contains("1961"), "{shown}");
        let stored = serde_json::to_string(&subject).unwrap();
        assert!(stored.contains("QXZ"));
        assert_eq!(serde_json::from_str::<Subject>(&stored).unwrap(), subject);
        assert_eq!(serde_json::from_str::<Subject>(r#"{"initials":"A"}"#).unwrap().born, None);
    }
}
