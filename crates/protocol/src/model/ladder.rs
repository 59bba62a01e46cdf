//! A drug's ladder: its levels, and the lines that move a subject between them (semantics 18 to 21).

use std::fmt;

use super::Head;
use crate::condition::Condition;
use crate::scalar::{Level, RunFor, Span};

/// The levels of a drug, lowest first, and when to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The levels; level 1 is the first.
    pub levels: Vec<Level>,
    /// The level that is started at, from 1.
    pub start: Option<u32>,
    /// The rest after a change; always given when there are lines.
    pub again: Option<Span>,
    /// Asked in this order; the first that holds decides.
    pub lines: Vec<Titration>,
}

/// `[[regimen.x.titrate]]`: one line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titration {
    /// Section, label and assumptions.
    pub head: Head,
    /// When it holds.
    pub when: Condition,
    /// How long it must have held.
    pub lasts: Option<RunFor>,
    /// The only level it is asked at, from 1.
    pub level: Option<u32>,
    /// How long that level must have lasted.
    pub after: Option<Span>,
    /// Whether it is asked only of a stopped drug.
    pub while_stopped: bool,
    /// What it does.
    pub then: Vec<DrugVerb>,
}

/// What a line does to the drug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DrugVerb {
    /// Stops it; it may be resumed.
    Stop,
    /// Ends it for good.
    End,
    /// So many levels up.
    StepUp(u32),
    /// So many levels down.
    StepDown(u32),
    /// Starts a stopped drug again, so many levels below the last.
    ResumeLower(u32),
}

impl DrugVerb {
    /// The forms that are read.
    pub const ALLOWED: &'static str = "stop drug, end drug, step up N, step down N, resume N lower";

    /// Reads the verb of the file.
    pub fn from_words(text: &str) -> Option<Self> {
        let count = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        if let Some(levels) = text.strip_prefix("step up ") {
            return count(levels).map(Self::StepUp);
        }
        if let Some(levels) = text.strip_prefix("step down ") {
            return count(levels).map(Self::StepDown);
        }
        if let Some(levels) = text.strip_prefix("resume ") {
            return count(levels.strip_suffix(" lower")?).map(Self::ResumeLower);
        }
        match text {
            "stop drug" => Some(Self::Stop),
            "end drug" => Some(Self::End),
            _ => None,
        }
    }
}

impl fmt::Display for DrugVerb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("stop drug"),
            Self::End => f.write_str("end drug"),
            Self::StepUp(levels) => write!(f, "step up {levels}"),
            Self::StepDown(levels) => write!(f, "step down {levels}"),
            Self::ResumeLower(levels) => write!(f, "resume {levels} lower"),
        }
    }
}
