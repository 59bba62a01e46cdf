//! The parts of the document, each read from what safety says of it.

use holdpoint_api::safety::v1 as pb;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::words;
use crate::demo::time::from_proto;

pub(super) fn all<'a, M, T: From<&'a M>>(messages: &'a [M]) -> Vec<T> {
    messages.iter().map(T::from).collect()
}

/// The adverse event behind a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub adverse_event: String,
    /// The subject's code.
    pub subject: String,
    /// CTCAE term, or the reporter's words.
    pub term: String,
    /// As last told; empty where it was not.
    pub grade: String,
    /// Its onset, where the moment is known.
    pub onset: Option<Timestamp>,
    /// Its onset, where only the day is known.
    pub onset_date: String,
    /// When the reporter became aware.
    pub aware_at: Option<Timestamp>,
}

impl From<&pb::EventBehind> for Event {
    fn from(event: &pb::EventBehind) -> Self {
        Self {
            adverse_event: event.adverse_event.clone(),
            subject: event.subject.clone(),
            term: event.term.clone(),
            grade: event.grade.clone(),
            onset: from_proto(event.onset.as_ref()),
            onset_date: event.onset_date.clone(),
            aware_at: from_proto(event.aware_at.as_ref()),
        }
    }
}

/// A permit, and what became of what it allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// The permit.
    pub permit: String,
    /// The subject's code.
    pub subject: String,
    /// "infusion 2" or "allocation"
    pub what: String,
    /// When safety gave the permit.
    pub issued_at: Option<Timestamp>,
    /// When its Go was heard.
    pub heard_at: Option<Timestamp>,
    /// When it began, as the bedside says.
    pub began_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// What is known to have become of it, in words.
    pub became: String,
}

impl From<&pb::Flight> for Flight {
    fn from(flight: &pb::Flight) -> Self {
        let what = match flight.infusion.as_str() {
            "" => "allocation".to_owned(),
            _ => format!("infusion {}", flight.number),
        };
        Self {
            permit: flight.permit.clone(),
            subject: flight.subject.clone(),
            what,
            issued_at: from_proto(flight.issued_at.as_ref()),
            heard_at: from_proto(flight.heard_at.as_ref()),
            began_at: from_proto(flight.began_at.as_ref()),
            completed_at: from_proto(flight.completed_at.as_ref()),
            became: words::became(flight).to_owned(),
        }
    }
}

/// What one service found when the hold reached it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The service.
    pub service: String,
    /// "waiting", "silent" or "checked"
    pub state: String,
    /// When.
    pub at: Option<Timestamp>,
    /// In a sentence.
    pub summary: String,
    /// One by one.
    pub items: Vec<String>,
}

impl From<&pb::ServiceCheck> for Check {
    fn from(check: &pb::ServiceCheck) -> Self {
        Self {
            service: check.service.clone(),
            state: check.state.clone(),
            at: from_proto(check.at.as_ref()),
            summary: check.summary.clone(),
            items: check.items.clone(),
        }
    }
}

/// An alert of the hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number among the trial's.
    pub number: u64,
    /// "hold-placed", "service-silent"
    pub kind: String,
    /// In a sentence.
    pub text: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Who took it; empty where nobody has.
    pub acknowledged_by: String,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
}

impl From<&pb::AlertView> for Notice {
    fn from(view: &pb::AlertView) -> Self {
        let alert = view.alert.clone().unwrap_or_default();
        Self {
            number: alert.number,
            kind: alert.kind,
            text: alert.text,
            at: from_proto(alert.at.as_ref()),
            acknowledged_by: view.acknowledged_by.clone(),
            acknowledged_at: from_proto(view.acknowledged_at.as_ref()),
        }
    }
}

/// A decision of the safety board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// In the board's words.
    pub text: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Option<Timestamp>,
}

impl From<&pb::BoardWord> for Decision {
    fn from(word: &pb::BoardWord) -> Self {
        Self { text: word.text.clone(), by: word.by.clone(), at: from_proto(word.at.as_ref()) }
    }
}

/// One of the two signatures of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: String,
    /// "board member"
    pub role: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// The ethics approval, the amendment and the statement that it rests on, each where it was given.
    pub papers: Vec<String>,
}

impl From<&pb::ReleaseSignature> for Signature {
    fn from(signature: &pb::ReleaseSignature) -> Self {
        let given = [
            ("ethics approval", &signature.ethics_reference),
            ("amendment", &signature.amendment),
            ("statement", &signature.statement),
        ];
        let papers = given.into_iter().filter(|(_, text)| !text.is_empty());
        Self {
            by: signature.by.clone(),
            role: words::role(signature.role()),
            at: from_proto(signature.at.as_ref()),
            reason: signature.reason.clone(),
            papers: papers.map(|(name, text)| format!("{name}: {text}")).collect(),
        }
    }
}

/// What proves the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The rows of safety's journal that tell of the hold.
    pub rows: Vec<Row>,
    /// The newest row of each journal of the trial, as safety knows it.
    pub heads: Vec<ServiceHead>,
}

/// One row of safety's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// "placed", "effective" or "released"
    pub what: String,
    /// Its incarnation.
    pub incarnation: u32,
    /// Its number in the trial's chain.
    pub number: u64,
    /// SHA-256, hexadecimal.
    pub hash: String,
}

impl From<&pb::HoldRow> for Row {
    fn from(row: &pb::HoldRow) -> Self {
        let head = row.row.clone().unwrap_or_default();
        Self {
            what: row.what.clone(),
            incarnation: head.incarnation,
            number: head.number,
            hash: hex::encode(head.hash),
        }
    }
}

/// The newest row of one service's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceHead {
    /// The service.
    pub service: String,
    /// Its incarnation.
    pub incarnation: u32,
    /// Its number in the trial's chain.
    pub number: u64,
    /// SHA-256, hexadecimal.
    pub hash: String,
}

impl From<&pb::ServiceHead> for ServiceHead {
    fn from(of: &pb::ServiceHead) -> Self {
        let head = of.head.clone().unwrap_or_default();
        Self {
            service: of.service.clone(),
            incarnation: head.incarnation,
            number: head.number,
            hash: hex::encode(head.hash),
        }
    }
}
