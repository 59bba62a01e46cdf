//! What every scalar shares: a name, the forms it allows, and an error that says both.

use super::Scan;

/// Text that is no such scalar: what it should have been, what was found, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {name}; allowed: {allowed}")]
pub struct ScalarError {
    /// The kind of value that was expected ("dose", "window").
    pub name: &'static str,
    /// The text as it stood there.
    pub found: String,
    /// The forms that would have been read.
    pub allowed: &'static str,
}

/// A value of one line of text, by the grammar of the trial format, section 3.3.
pub(crate) trait Scalar: Sized {
    /// The kind of value, for error texts.
    const NAME: &'static str;
    /// The forms that are read, for error texts.
    const ALLOWED: &'static str;
    /// Reads one value from the front of the text.
    fn scan(scan: &mut Scan<'_>) -> Option<Self>;

    /// Reads the whole text as one value.
    fn whole(text: &str) -> Result<Self, ScalarError> {
        let mut scan = Scan::new(text);
        match Self::scan(&mut scan) {
            Some(value) if scan.done() => Ok(value),
            _ => Err(ScalarError { name: Self::NAME, found: text.to_owned(), allowed: Self::ALLOWED }),
        }
    }
}

/// Gives a scalar `FromStr` and serde by its text.
macro_rules! by_text {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = $crate::scalar::ScalarError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::scalar::Scalar::whole(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use by_text;
