//! Decides what a journal row is: a public part that readers get, a private part that stays (who, why, which
//! request, personal data), and the hash that binds both to the row before.

use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::{OrFault as _, Result};
use prost::Message;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::by::By;
use crate::chain::{Chain, Hash, Head};
use crate::error::ROW_TOO_LARGE;
use crate::hash;

/// The most a row may hold, both parts together, in bytes.
pub const MAX_ROW_BYTES: usize = 512 * 1024;

/// What an act appends to the journal.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The trial's chain, or the service's own.
    pub chain: Chain,
    /// Full proto name of the public message, or of an audit kind.
    pub kind: &'static str,
    /// The encoded event; none for what is nobody else's business.
    pub public: Option<Vec<u8>>,
    /// What stays in this service: personal data, the words of a person.
    pub private: serde_json::Value,
    /// A reader that cannot apply this row stops here rather than pass it over.
    pub critical: bool,
    /// W3C `traceparent` of the act or the reaction that appends it, where the transaction names none for all.
    pub(crate) trace: Option<String>,
}

impl Entry {
    /// An event that peers read.
    pub fn event(chain: Chain, kind: &'static str, public: Vec<u8>) -> Self {
        Self {
            chain,
            kind,
            public: Some(public),
            private: serde_json::Value::Null,
            critical: false,
            trace: None,
        }
    }

    /// A row of the audit trail that says nothing to peers.
    pub fn audit(chain: Chain, kind: &'static str, private: serde_json::Value) -> Self {
        Self { chain, kind, public: None, private, critical: false, trace: None }
    }

    /// With what stays in this service.
    pub fn private(mut self, private: serde_json::Value) -> Self {
        self.private = private;
        self
    }

    /// Marks that nobody may pass this row over.
    pub fn critical(mut self) -> Self {
        self.critical = true;
        self
    }
}

/// The private part as stored: JSON in this order of fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Private {
    pub principal: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<PrivateRequest>,
    #[serde(skip_serializing_if = "serde_json::Value::is_null", default)]
    pub data: serde_json::Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PrivateRequest {
    pub id: String,
    pub rpc: String,
    pub body_sha256: String,
    /// Of the kept answer, where one was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer_sha256: Option<String>,
}

/// A row as stored, without its private part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The chain it stands in.
    pub chain: Chain,
    /// Its incarnation, number and hash.
    pub head: Head,
    /// Hash of the row before.
    pub previous: Hash,
    /// The encoded envelope.
    pub public: Vec<u8>,
    /// Hash of the private part.
    pub private_hash: Hash,
}

impl Row {
    /// Whether the row's hash is the hash of what it holds, as a row of this service.
    pub fn is_intact(&self, service: &str) -> bool {
        let covered = hash::Covered {
            service,
            chain: self.chain.as_str(),
            incarnation: self.head.incarnation,
            number: self.head.number,
            previous: &self.previous,
            public: &self.public,
            private_hash: &self.private_hash,
        };
        hash::row(&covered) == self.head.hash
    }

    /// The public part, read.
    pub fn envelope(&self) -> std::result::Result<pb::Envelope, prost::DecodeError> {
        pb::Envelope::decode(self.public.as_slice())
    }
}

impl From<Row> for pb::Row {
    fn from(row: Row) -> Self {
        Self {
            chain: row.chain.as_str().to_owned(),
            incarnation: row.head.incarnation,
            number: row.head.number,
            previous: row.previous.to_vec(),
            hash: row.head.hash.to_vec(),
            public: row.public,
            private_hash: row.private_hash.to_vec(),
        }
    }
}

/// A row about to be stored, with its private part.
pub(crate) struct Sealed {
    pub row: Row,
    pub kind: &'static str,
    pub critical: bool,
    pub at_us: i64,
    pub salt: [u8; 16],
    pub private: Vec<u8>,
}

/// Makes the row that follows `previous` out of an entry.
pub(crate) fn seal(
    service: &str,
    by: &By,
    entry: Entry,
    place: (u32, u64),
    previous: Hash,
    answer: Option<&[u8]>,
    salt: [u8; 16],
) -> Result<Sealed> {
    let (incarnation, number) = place;
    let at_us = by.at.as_microsecond();
    let public = envelope(service, by, &entry, place).encode_to_vec();
    let private = private_part(by, entry.private, answer)?;
    if public.len() + private.len() > MAX_ROW_BYTES {
        let message = format!(
            "one row of {} would hold {} bytes; at most {MAX_ROW_BYTES} are allowed: send less at once",
            entry.kind,
            public.len() + private.len()
        );
        return Err(ROW_TOO_LARGE.refuse(message).into());
    }
    let private_hash = hash::private(&salt, &private);
    let chain = entry.chain;
    let covered = hash::Covered {
        service,
        chain: chain.as_str(),
        incarnation,
        number,
        previous: &previous,
        public: &public,
        private_hash: &private_hash,
    };
    let head = Head { incarnation, number, hash: hash::row(&covered) };
    let row = Row { chain, head, previous, public, private_hash };
    Ok(Sealed { row, kind: entry.kind, critical: entry.critical, at_us, salt, private })
}

fn envelope(service: &str, by: &By, entry: &Entry, (incarnation, number): (u32, u64)) -> pb::Envelope {
    pb::Envelope {
        id: format!("{service}/{}/{incarnation}/{number}", entry.chain),
        r#type: entry.kind.to_owned(),
        source: service.to_owned(),
        chain: entry.chain.as_str().to_owned(),
        incarnation,
        number,
        time_us: by.at.as_microsecond(),
        critical: entry.critical,
        traceparent: by.trace.clone().or_else(|| entry.trace.clone()).unwrap_or_default(),
        data: entry.public.clone(),
    }
}

fn private_part(by: &By, data: serde_json::Value, answer: Option<&[u8]>) -> Result<Vec<u8>> {
    let request = by.request.as_ref().map(|request| PrivateRequest {
        id: request.id.clone(),
        rpc: request.rpc.clone(),
        body_sha256: hex::encode(request.body_hash),
        answer_sha256: answer.map(|bytes| hex::encode(Sha256::digest(bytes))),
    });
    let part = Private { principal: by.principal.clone(), reason: by.reason.clone(), request, data };
    serde_json::to_vec(&part).or_fault("encoding the private part of a journal row")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::by::Request;

    /// Never edited: a journal that was written must verify for as long as it is kept.
    const GOLDEN: &str = include_str!("../../../tests/golden/journal-row.1.txt");

    #[test]
    fn a_row_is_stored_as_it_always_was() {
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        let by = By { trace: Some("00-1-2-01".to_owned()), ..By::new("nurse.ann", at) };
        let by = by.reason("seen").request(Request::of("r-1", "/a.B/C", b"body"));
        let entry = Entry::event(Chain::trial("pgf-msc"), "test.Golden", vec![1, 2, 3]);
        let entry = entry.private(json!({ "initials": "AB" })).critical();
        let sealed = seal("dosing", &by, entry, (1, 12), [7; 32], Some(b"answer"), [9; 16]).unwrap();
        let stored = format!(
            "public {}\nprivate {}\nprivate_hash {}\nhash {}\n",
            hex::encode(&sealed.row.public),
            String::from_utf8(sealed.private).unwrap(),
            hex::encode(sealed.row.private_hash),
            hex::encode(sealed.row.head.hash),
        );
        assert_eq!(stored, GOLDEN);
    }
}
