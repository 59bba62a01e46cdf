//! Decides what an act says about itself: who, when, why, and under which request id, so that a repeat of the same
//! request hears the same answer.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::chain::Hash;

/// Who acts, when and why. Every transaction begins with one, and every row it appends carries it.
#[derive(Debug, Clone)]
pub struct By {
    /// The person or service.
    pub principal: String,
    /// Why, in the person's words, where the act asks for a reason.
    pub reason: Option<String>,
    /// The request this act answers, where it answers one.
    pub request: Option<Request>,
    /// Civil time of the act.
    pub at: Timestamp,
    /// W3C `traceparent`.
    pub trace: Option<String>,
}

impl By {
    /// An act without reason or request: a timer's, a reaction's.
    pub fn new(principal: impl Into<String>, at: Timestamp) -> Self {
        Self { principal: principal.into(), reason: None, request: None, at, trace: None }
    }

    /// With the request that it answers.
    pub fn request(mut self, request: Request) -> Self {
        self.request = Some(request);
        self
    }

    /// With a reason; an empty one is none.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into()).filter(|text| !text.trim().is_empty());
        self
    }
}

/// A request as its repeat is recognized: the caller's id, the method and the hash of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Made by the caller, one for each intention.
    pub id: String,
    /// SHA-256 of the request's encoded bytes.
    pub body_hash: Hash,
    /// Path of the rpc.
    pub rpc: String,
}

impl Request {
    /// A request with its encoded bytes.
    pub fn of(id: impl Into<String>, rpc: impl Into<String>, body: &[u8]) -> Self {
        Self { id: id.into(), body_hash: Sha256::digest(body).into(), rpc: rpc.into() }
    }
}
