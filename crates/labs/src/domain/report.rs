//! A laboratory's report: analytes of a patient's specimens, said in one message.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::alias::Merge;
use super::identity::Claim;
use super::ids::FeedId;
use super::message::Message;
use super::observation::Observation;

/// What all analytes of a report share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The sender's own id of the message.
    pub message: String,
    /// The laboratory's number of the order.
    pub filler_order: String,
    /// The specimen.
    pub specimen: String,
    /// When it was taken.
    #[serde(with = "micros::required")]
    pub taken_at: Timestamp,
    /// When the laboratory said this.
    #[serde(with = "micros::required")]
    pub issued_at: Timestamp,
}

/// A report: what came under one request, taken whole in one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who sent it.
    pub feed: FeedId,
    /// The id of the request that brought it.
    pub request: String,
    /// SHA-256 of what was sent, the hospital number hashed: the same request id with another content is refused.
    pub digest: String,
    /// What it says, of each patient and specimen.
    pub parts: Vec<Part>,
    /// Numbers that it says went up in others.
    pub merges: Vec<Merge>,
    /// The message that it was, where it came as one: kept in the same commit.
    pub message: Option<Message>,
}

/// Some analytes of one specimen of one patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of whom it is said.
    pub claim: Claim,
    /// What all analytes share.
    pub head: Head,
    /// The analytes, in the order of the report.
    pub findings: Vec<Finding>,
}

/// One analyte as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It can.
    Read(Observation),
    /// It says nothing that a result could stand under, and why.
    Passed(&'static str),
    /// It can not, and why.
    Wrong(String),
}

impl Report {
    /// How many analytes it has.
    pub fn analytes(&self) -> usize {
        self.parts.iter().map(|part| part.findings.len()).sum()
    }
}
