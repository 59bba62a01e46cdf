//! The name of a protocol version that cannot lie: trial, version and SHA-256 of its content.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::dictionary::DictionaryRef;
use crate::document::{Table, canonical};
use crate::ids::TrialId;

/// A SHA-256 in lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// Text that is no digest, or no reference to a protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}; allowed: {allowed}")]
pub struct InvalidReference {
    what: &'static str,
    found: String,
    allowed: &'static str,
}

/// One version of one trial, as every event and decision carries it: `pgf-msc@1.1#<digest>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProtocolRef {
    /// The trial.
    pub id: TrialId,
    /// The version.
    pub version: String,
    /// The digest of its content.
    pub digest: Digest,
}

/// SHA-256 of the RFC 8785 JSON `{"dictionaries": {"NAME": ...}, "protocol": ...}`, scalars as written.
pub(crate) fn digest(protocol: &Table, dictionaries: &[(DictionaryRef, Table)]) -> Digest {
    let shelf = dictionaries.iter().map(|(uses, table)| (uses.name.clone(), canonical(table)));
    let whole = serde_json::json!({
        "dictionaries": shelf.collect::<serde_json::Map<_, _>>(),
        "protocol": canonical(protocol),
    });
    let mut hasher = Sha256::new();
    // Objects, lists, texts and truths only: RFC 8785 has a form for all of them, and a hasher never fails.
    let written = serde_json_canonicalizer::to_vec(&whole).unwrap_or_else(|_| whole.to_string().into_bytes());
    hasher.update(&written);
    Digest(hex::encode(hasher.finalize()))
}

impl Digest {
    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let fits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if fits {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidReference { what: "digest", found: text.to_owned(), allowed: "64 digits of 0-9 and a-f" })
    }
}

impl FromStr for ProtocolRef {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let error = || InvalidReference {
            what: "reference to a protocol",
            found: text.to_owned(),
            allowed: "ID@VERSION#DIGEST, such as pgf-msc@1.0#...",
        };
        let (name, digest) = text.split_once('#').ok_or_else(error)?;
        let (id, version) = name.split_once('@').ok_or_else(error)?;
        if version.is_empty() {
            return Err(error());
        }
        let id = id.parse().map_err(|_| error())?;
        Ok(Self { id, version: version.to_owned(), digest: digest.parse()? })
    }
}

macro_rules! as_string {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = InvalidReference;

            fn try_from(text: String) -> Result<Self, InvalidReference> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    };
}

as_string!(Digest);
as_string!(ProtocolRef);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ProtocolRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}#{}", self.id, self.version, self.digest)
    }
}
