//! What a finding says, by the type it was sent with (OBX-2, table 0125): the words a laboratory would print. Comparators,
//! words and `*****` stay as they are; whether they are a number for a rule is not decided here.

use std::borrow::Cow;

use crate::{Part, error};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// CE, CWE, CNE, CF: something with a code.
    Coded,
    /// NM, ST, IS, ID, SI, DT, TM, TS, DTM and others of one piece: as it stands.
    Plain,
    /// TX, FT: lines of text.
    Lines,
    /// SN: a comparator, one number or two.
    Structured,
    /// AD, ED, XPN and others: of a person or a file, and no finding.
    Other,
}

impl ValueType {
    /// Reads table 0125, and what analyzers send beside it.
    pub fn read(word: &str) -> Option<Self> {
        Some(match word {
            "CE" | "CWE" | "CNE" | "CF" => Self::Coded,
            "NM" | "ST" | "IS" | "ID" | "SI" | "DT" | "TM" | "TS" | "DTM" | "CK" | "CP" | "MO" | "NA"
            | "MA" | "RI" => Self::Plain,
            "TX" | "FT" => Self::Lines,
            "SN" => Self::Structured,
            "AD" | "CN" | "CX" | "ED" | "PN" | "PPN" | "RP" | "TN" | "XAD" | "XCN" | "XON" | "XPN"
            | "XTN" => Self::Other,
            _ => return None,
        })
    }

    /// The words of a value. What is of a person or a file is not repeated.
    pub fn printed<'m>(self, value: &Part<'m>) -> Cow<'m, str> {
        if !value.is_said() {
            return Cow::Borrowed("");
        }
        match self {
            Self::Other => Cow::Borrowed("(not a finding)"),
            Self::Plain => value.text(),
            Self::Lines => joined(value, "\n", |line| line.text()),
            Self::Structured => joined(value, "~", |one| structured(&one)),
            Self::Coded => joined(value, "~", |one| coded(&one)),
        }
    }
}

/// Repetitions beside each other; lent where there is one.
fn joined<'m>(value: &Part<'m>, between: &str, print: impl Fn(Part<'m>) -> Cow<'m, str>) -> Cow<'m, str> {
    let mut pieces = value.repetitions().map(print);
    let first = pieces.next().unwrap_or_default();
    let mut rest = pieces.peekable();
    if rest.peek().is_none() {
        return first;
    }
    let mut text = first.into_owned();
    for piece in rest {
        text.push_str(between);
        text.push_str(&piece);
    }
    Cow::Owned(text)
}

/// The text, else the code; of the sender's own, else of the other system.
fn coded<'m>(value: &Part<'m>) -> Cow<'m, str> {
    [2, 1, 5, 4, 9]
        .map(|component| value.component(component))
        .into_iter()
        .find(Part::is_said)
        .map_or(Cow::Borrowed(""), |part| part.text())
}

/// `>^100` is `>100`, `^100^-^200` is `100-200`, `^1^:^128` is `1:128`.
fn structured<'m>(value: &Part<'m>) -> Cow<'m, str> {
    let [comparator, first, between, second] =
        [1, 2, 3, 4].map(|component| value.component(component).text());
    let comparator = if comparator == "=" { "" } else { comparator.trim() };
    Cow::Owned([comparator, first.trim(), between.trim(), second.trim()].concat())
}

/// What an unknown type is told.
pub(crate) const ALLOWED: &str =
    "allowed: NM, SN, ST, TX, FT, CE, CWE, IS, DT, TM, TS and the others of table 0125";

/// A type that is not known, fit to be repeated.
pub(crate) fn unknown(word: &str) -> String {
    error::shown(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, SegmentId, Separators};

    fn printed(kind: &str, raw: &str) -> String {
        let part = Part::field(raw, Separators::default(), Place::segment(SegmentId::OBX, 1).at(5));
        ValueType::read(kind).unwrap().printed(&part).into_owned()
    }

    #[test]
    fn values_are_what_a_laboratory_would_print() {
        for (kind, raw, expected) in [
            ("NM", "12.50", "12.50"),
            ("NM", "*****", "*****"),
            ("NM", "<0.1", "<0.1"),
            ("NM", "5~6", "5~6"),
            ("IS", "0.50", "0.50"),
            ("SN", ">^100", ">100"),
            ("SN", "^100^-^200", "100-200"),
            ("SN", "^1^:^128", "1:128"),
            ("SN", "=^7", "7"),
            ("SN", "<=^ 0.5", "<=0.5"),
            ("SN", "^2^+", "2+"),
            ("CE", "^Bordetella pertussis^SNM", "Bordetella pertussis"),
            ("CWE", "10828004^^SCT", "10828004"),
            ("CWE", "^^^^^^^^as it was said", "as it was said"),
            ("TX", "This~Is\\F\\A~Report~~", "This\nIs|A\nReport\n\n"),
            ("ST", "溶血\\T\\乳糜", "溶血&乳糜"),
            ("ST", "", ""),
            ("ST", "\"\"", ""),
            ("ED", "^application^pdf^Base64^JVBERi0", "(not a finding)"),
            ("XPN", "Zhang^San", "(not a finding)"),
        ] {
            assert_eq!(printed(kind, raw), expected, "{kind} {raw}");
        }
        assert_eq!(ValueType::read("XX"), None);
        assert_eq!(ValueType::read(""), None);
    }
}
