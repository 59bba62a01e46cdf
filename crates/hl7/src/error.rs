//! What is wrong with a message: where, by HL7's own count of segments, fields, repetitions and components, and what is
//! allowed there. What a field of a person holds is never repeated.

use std::fmt;

use crate::SegmentId;

/// A place in a message. Counts begin at 1; 0 is the whole of what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The segment's name.
    pub segment: SegmentId,
    /// Which of the segments of that name.
    pub nth: u32,
    /// The field.
    pub field: u16,
    /// Which of its repetitions.
    pub repetition: u16,
    /// The component.
    pub component: u16,
    /// The subcomponent.
    pub sub: u16,
}

impl Place {
    /// A whole segment.
    pub fn segment(segment: SegmentId, nth: u32) -> Self {
        Self { segment, nth, field: 0, repetition: 0, component: 0, sub: 0 }
    }

    /// A field of this segment.
    #[must_use]
    pub fn at(self, field: u16) -> Self {
        Self { field, ..Self::segment(self.segment, self.nth) }
    }
}

/// `OBX[3]-5[1].2`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.segment, self.nth)?;
        if self.field > 0 {
            write!(f, "-{}", self.field)?;
        }
        if self.repetition > 0 {
            write!(f, "[{}]", self.repetition)?;
        }
        for part in [self.component, self.sub].into_iter().take_while(|part| *part > 0) {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

/// What kind of wrong it is: HL7 table 0357.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A segment is missing, or stands where it may not.
    Sequence,
    /// A field that must be there is not.
    Required,
    /// It can not be read as what it is said to be.
    DataType,
    /// It is none of a table's values.
    TableValue,
    /// A kind of message that is not taken.
    Message,
    /// An event of a kind of message that is not taken.
    Event,
    /// A version that is not taken.
    Version,
    /// Its patient or order is not known.
    UnknownKey,
    /// Nothing is wrong with it: it could not be taken. It may be sent again.
    Internal,
}

impl Condition {
    /// The table's number and words.
    pub fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Sequence => ("100", "Segment sequence error"),
            Self::Required => ("101", "Required field missing"),
            Self::DataType => ("102", "Data type error"),
            Self::TableValue => ("103", "Table value not found"),
            Self::Message => ("200", "Unsupported message type"),
            Self::Event => ("201", "Unsupported event code"),
            Self::Version => ("203", "Unsupported version id"),
            Self::UnknownKey => ("204", "Unknown key identifier"),
            Self::Internal => ("207", "Application internal error"),
        }
    }

    /// Whether the message is none of ours to judge, rather than wrong in what it says: the answer is AR, not AE.
    pub fn rejects(self) -> bool {
        matches!(self, Self::Message | Self::Event | Self::Version | Self::Internal)
    }
}

/// One thing that is wrong, for the engineer of the sending side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}; {allowed}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What kind of wrong.
    pub condition: Condition,
    /// What was found, or that nothing was.
    pub what: String,
    /// What is allowed, or what to do.
    pub allowed: &'static str,
}

impl Problem {
    /// Something wrong at a place.
    pub fn new(
        place: Place,
        condition: Condition,
        what: impl Into<String>,
        allowed: &'static str,
    ) -> Box<Self> {
        Box::new(Self { place, condition, what: what.into(), allowed })
    }
}

/// The most of a word of the sender that an error repeats.
const SHOWN: usize = 24;

/// A word of a table or of the header, fit to be repeated: short and printable.
pub(crate) fn shown(word: &str) -> String {
    let letters = word.chars().take(SHOWN);
    let printable =
        letters.map(|letter| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' });
    format!("found \"{}\"", printable.collect::<String>())
}
