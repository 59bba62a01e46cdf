//! Decides what a chain and its head are: one numbered, hashed sequence of rows per trial, and one for what belongs
//! to no trial (a product lot, a feed, a person). Architecture, idea 2.

use std::fmt;

use holdpoint_api::common::v1 as pb;

/// One sequence of rows in a service's journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Chain {
    /// The service's own chain, written `-`.
    Service,
    /// A trial's chain, by the trial's id.
    Trial(String),
}

const SERVICE: &str = "-";

impl Chain {
    /// The chain of a trial. An empty id or `-` means the service's own.
    pub fn trial(id: impl Into<String>) -> Self {
        let id = id.into();
        if id.is_empty() || id == SERVICE { Self::Service } else { Self::Trial(id) }
    }

    /// The chain's name in tables, subjects and messages.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Service => SERVICE,
            Self::Trial(id) => id,
        }
    }
}

impl From<&str> for Chain {
    fn from(text: &str) -> Self {
        Self::trial(text)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Chains are ordered by id: the order in which a transaction locks their heads.
impl Ord for Chain {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Chain {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A SHA-256.
pub type Hash = [u8; 32];

/// The newest row of a chain, or of what was seen of it. All zero while there is no row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Head {
    /// Counts up each time the journal had to go on from an older copy.
    pub incarnation: u32,
    /// The row's number, from 1.
    pub number: u64,
    /// The row's hash.
    pub hash: Hash,
}

impl Head {
    /// No row yet.
    pub fn is_none(&self) -> bool {
        self.number == 0
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}:{}", self.incarnation, self.number, hex::encode(&self.hash[..4]))
    }
}

impl From<Head> for pb::Head {
    fn from(head: Head) -> Self {
        let hash = if head.is_none() { vec![] } else { head.hash.to_vec() };
        Self { incarnation: head.incarnation, number: head.number, hash }
    }
}

impl TryFrom<pb::Head> for Head {
    type Error = holdpoint_chassis::error::Error;

    fn try_from(head: pb::Head) -> Result<Self, Self::Error> {
        if head.number == 0 {
            return Ok(Self { incarnation: head.incarnation, ..Self::default() });
        }
        let hash = head.hash.as_slice().try_into().map_err(|_| {
            crate::error::BAD_HEAD.refuse(format!(
                "the hash of head {}.{} has {} bytes; a head's hash has 32",
                head.incarnation,
                head.number,
                head.hash.len()
            ))
        })?;
        Ok(Self { incarnation: head.incarnation, number: head.number, hash })
    }
}

/// Whether this journal has a row that a peer has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It has it, or an incarnation was opened that accounts for its loss.
    Known,
    /// It went back in time: permits are refused and the trial is held (holds.md, "A service that went back in time").
    Lacks,
}
