//! A message of HL7 version 2 as it is kept: what arrived, without the person, beside what it became and how it was
//! answered. The same bytes of the same feed are the same message; analyzers begin to count their ids anew, so that an id
//! with other content is another one.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::ids::{FeedId, MessageId};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id here: a keyed hash of the feed and the bytes.
    pub id: MessageId,
    /// Who sent it.
    pub feed: FeedId,
    /// The sender's own id of it (MSH-10).
    pub control: String,
    /// When it came.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// When it says it was sent (MSH-7).
    #[serde(with = "micros::optional")]
    pub sent_at: Option<Timestamp>,
    /// What it was for; none where that could not be read.
    pub purpose: Option<Purpose>,
    /// The charset it was read as, and whether it said so; none where it could not be.
    pub charset: Option<Charset>,
    /// The message with tokens in place of the person; empty where it could not be read as one.
    pub text: String,
    /// How it was answered.
    pub code: Code,
    /// The answer, letter by letter.
    pub answer: String,
    /// What was wrong, each with its place.
    pub problems: Vec<String>,
    /// Its findings by their places, with what became of each.
    pub findings: Vec<(String, Answer)>,
}

/// What a message was read as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charset {
    /// Its name on the web: `gb18030`.
    pub name: String,
    /// Whether the sender said so.
    pub declared: bool,
}

/// What a message is for. Only what is of a patient is ever used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Findings of a patient, in production.
    Patient,
    /// An analyzer's calibration.
    Calibration,
    /// An analyzer's quality control.
    QualityControl,
    /// Training or debugging.
    NotProduction,
    /// One patient's record went up in another's.
    Merge,
}

impl Purpose {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Calibration => "calibration",
            Self::QualityControl => "quality-control",
            Self::NotProduction => "not-production",
            Self::Merge => "merge",
        }
    }
}

/// How a message was answered (HL7 table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Code {
    /// It is kept.
    Aa,
    /// Something in it is wrong.
    Ae,
    /// It is none of ours, or could not be taken.
    Ar,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aa => "AA",
            Self::Ae => "AE",
            Self::Ar => "AR",
        })
    }
}
