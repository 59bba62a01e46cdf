//! The name of a dictionary with its version: `common@1`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One version of one dictionary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DictionaryRef {
    /// Its name, and the name of its file.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl FromStr for DictionaryRef {
    type Err = crate::scalar::ScalarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => {
                Ok(Self { name: name.to_owned(), version: version.to_owned() })
            }
            _ => Err(crate::scalar::ScalarError {
                name: "dictionary",
                found: text.to_owned(),
                allowed: "a name, @ and a version, such as common@1",
            }),
        }
    }
}

impl fmt::Display for DictionaryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}
