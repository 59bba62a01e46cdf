//! The three letters that a segment begins with.

use std::fmt;

/// A segment's name: `OBX`. Three bytes, capital letters and digits, a letter first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId([u8; 3]);

impl SegmentId {
    /// The message's header.
    pub const MSH: Self = Self(*b"MSH");
    /// The patient.
    pub const PID: Self = Self(*b"PID");
    /// Whose record went up in the patient's.
    pub const MRG: Self = Self(*b"MRG");
    /// What is common to an order.
    pub const ORC: Self = Self(*b"ORC");
    /// What was ordered, and its specimen.
    pub const OBR: Self = Self(*b"OBR");
    /// One finding.
    pub const OBX: Self = Self(*b"OBX");
    /// The specimen.
    pub const SPM: Self = Self(*b"SPM");
    /// Next of kin.
    pub const NK1: Self = Self(*b"NK1");

    /// The name that a line begins with, where it is one.
    pub fn read(line: &str) -> Option<Self> {
        let name: [u8; 3] = line.as_bytes().get(..3)?.try_into().ok()?;
        let rest = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        (name[0].is_ascii_uppercase() && name[1..].iter().all(rest)).then_some(Self(name))
    }

    /// Its letters.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Whether the sites themselves say what is in it.
    pub fn is_local(&self) -> bool {
        self.0[0] == b'Z'
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
