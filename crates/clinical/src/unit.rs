//! What counts as a unit of measurement: a word of the UCUM kind, compared letter by letter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A unit as the Unified Code for Units of Measure writes it (`g/L`, `mm[Hg]`, `%`), with the house
/// words for spans of time (`days`, `months`) and for counts per volume (`e9/L` for `10*9/L`).
///
/// Case counts, as in UCUM's case-sensitive form. Two units are the same only when their letters are:
/// nothing is converted silently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(String);

/// Text that is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no unit; allowed: 1 to 32 printable ASCII characters without a blank, such as g/L or %"
)]
pub struct InvalidUnit {
    /// The text as it stood there.
    pub found: String,
}

const LONGEST: usize = 32;

impl Unit {
    /// The unit's letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Unit {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let fits = !text.is_empty() && text.len() <= LONGEST && text.chars().all(|c| c.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidUnit { found: text.to_owned() }) }
    }
}

impl TryFrom<String> for Unit {
    type Error = InvalidUnit;

    fn try_from(text: String) -> Result<Self, InvalidUnit> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_compared_by_its_letters() {
        let liter: Unit = "g/L".parse().unwrap();
        assert_eq!(liter.to_string(), "g/L");
        assert_ne!(liter, "g/dL".parse().unwrap());
    }

    #[test]
    fn blanks_and_nothing_are_no_units() {
        for text in ["", "e9 /L", "°C", &"m".repeat(33)] {
            assert!(text.parse::<Unit>().is_err(), "{text:?}");
        }
    }
}
