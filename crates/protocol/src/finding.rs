//! What is wrong with a file: where, what was found, what is allowed. Findings are gathered, not thrown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a finding; its code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Code {
    /// `PRO-0001`: the text is no TOML, too large, or nested too deeply.
    NotReadable,
    /// `PRO-0002`: the file's format number is not known.
    UnknownFormat,
    /// `PRO-0003`: a block that the format does not have.
    UnknownBlock,
    /// `PRO-0004`: a key that the block does not have.
    UnknownKey,
    /// `PRO-0005`: a key or block that must be there is not.
    Missing,
    /// `PRO-0006`: a value of another shape: a list for a text, a text for a number.
    WrongShape,
    /// `PRO-0007`: a text that is no such scalar.
    NotAScalar,
    /// `PRO-0008`: a word outside its list.
    NotAWord,
    /// `PRO-0009`: a condition that does not read, or does not fit its facts.
    BadCondition,
    /// `PRO-0010`: an id that nothing bears.
    UnknownName,
    /// `PRO-0011`: a reference to a section or source that is not listed.
    UnknownSource,
    /// `PRO-0012`: a dictionary that is not there, or of another version, or wrong in itself.
    BadDictionary,
    /// `PRO-0013`: values that are right each by itself, and do not fit together.
    DoesNotFit,
    /// `PRO-0014`: an effect on a trial or a subject that only people may have.
    OnlyPeople,
    /// `PRO-0015`: an amendment whose list of sections is not what differs.
    AmendmentDiffers,
}

impl Code {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotReadable => "PRO-0001",
            Self::UnknownFormat => "PRO-0002",
            Self::UnknownBlock => "PRO-0003",
            Self::UnknownKey => "PRO-0004",
            Self::Missing => "PRO-0005",
            Self::WrongShape => "PRO-0006",
            Self::NotAScalar => "PRO-0007",
            Self::NotAWord => "PRO-0008",
            Self::BadCondition => "PRO-0009",
            Self::UnknownName => "PRO-0010",
            Self::UnknownSource => "PRO-0011",
            Self::BadDictionary => "PRO-0012",
            Self::DoesNotFit => "PRO-0013",
            Self::OnlyPeople => "PRO-0014",
            Self::AmendmentDiffers => "PRO-0015",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What kind of wrong it is.
    pub code: Code,
    /// The block, by its full name (`rule.suspend-death`); empty for the file itself.
    pub block: String,
    /// What is wrong, with what was found.
    pub found: String,
    /// What would be allowed; empty when the sentence before says it.
    pub allowed: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {} ", self.file, self.line, self.column, self.code)?;
        if !self.block.is_empty() {
            write!(f, "[{}] ", self.block)?;
        }
        f.write_str(&self.found)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed: {}", self.allowed)?;
        }
        Ok(())
    }
}

/// The names that are allowed, the nearest to what was written first.
pub(crate) fn nearest<'a>(written: &str, allowed: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    const LONGEST: usize = 64;
    let mut names: Vec<(usize, &str)> = allowed
        .map(|name| {
            let near = written.len() <= LONGEST && name.len() <= LONGEST;
            (if near { strsim::damerau_levenshtein(written, name) } else { usize::MAX }, name)
        })
        .collect();
    names.sort_unstable();
    let (near, rest): (Vec<_>, Vec<_>) = names.iter().partition(|(distance, _)| *distance <= 2);
    let listed: Vec<&str> = rest.iter().map(|(_, name)| *name).take(SHOWN).collect();
    let more = if rest.len() > SHOWN { ", ..." } else { "" };
    match near.first() {
        Some((_, name)) => format!("did you mean '{name}'? else {}{more}", listed.join(", ")),
        None => format!("{}{more}", listed.join(", ")),
    }
}
