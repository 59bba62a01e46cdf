//! Writes a condition back as text that reads as the same condition.

use std::fmt;

use super::{Atom, Condition, Test};
use crate::ids::Word;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(f, parts, " and ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(inner) => match inner.as_ref() {
                Self::Atom(atom) => write!(f, "not {atom}"),
                inner => write!(f, "not ({inner})"),
            },
            Self::Atom(atom) => write!(f, "{atom}"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Condition],
    word: &str,
    bracketed: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        if bracketed(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fact.id)?;
        let unit = match &self.test {
            Test::Yes => return Ok(()),
            Test::Number { op, value, unit } => {
                write!(f, " {} {value}", op.as_str())?;
                unit
            }
            Test::Between { least, most, unit } => {
                write!(f, " in {least}..{most}")?;
                unit
            }
            Test::Word { op, word } => return write!(f, " {} {word}", op.as_str()),
            Test::OneOf(words) => {
                let words: Vec<&str> = words.iter().map(Word::as_str).collect();
                return write!(f, " in [{}]", words.join(", "));
            }
        };
        unit.as_ref().map_or(Ok(()), |unit| write!(f, " {unit}"))
    }
}
