//! A laboratory's report: some analytes of one specimen of one patient, said in one message.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::identity::Claim;
use super::ids::FeedId;
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

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who sent it.
    pub feed: FeedId,
    /// The id of the request that brought it.
    pub request: String,
    /// SHA-256 of what was sent, the hospital number hashed: the same request id with another content is refused.
    pub digest: String,
    /// Of whom it is said.
    pub claim: Claim,
    /// What all analytes share.
    pub head: Head,
    /// The analytes, in the order of the report. One that can not be read carries why.
    pub observations: Vec<Result<Observation, String>>,
}
