//! Who a subject is outside the trial: birth date, hospital number, initials. Kept in the private part only, shown
//! in no log, event or refusal. The same patient under two codes is found by a keyed hash (field.md story 19).

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Personal data of one subject. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Civil date of birth.
    pub birth_date: Date,
    /// "female", "male", "other", "unknown".
    pub sex: String,
    /// As the hospital writes it.
    pub hospital_number: String,
    /// As the trial's list of subjects writes them.
    pub initials: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(private)")
    }
}

impl Person {
    /// Completed years on a day: the 61st birthday makes 61 (facts.md R46). A person born on 29 February completes
    /// a year on 1 March of years without that day.
    pub fn completed_years(&self, on: Date) -> Option<i32> {
        let birth = self.birth_date;
        if on < birth {
            return None;
        }
        let before_birthday = (on.month(), on.day()) < (birth.month(), birth.day());
        Some(i32::from(on.year()) - i32::from(birth.year()) - i32::from(before_birthday))
    }

    /// Marks of this person under a trial's key: the same patient has the same marks, and nobody without the key
    /// can tell whose they are.
    pub fn marks(&self, key: &PersonKey) -> Marks {
        let birth = self.birth_date.to_string();
        Marks {
            number: key.mark(&["hospital-number", &normal(&self.hospital_number)]),
            likeness: key.mark(&["likeness", &birth, &self.sex, &normal(&self.initials)]),
        }
    }
}

/// How a person is recognized without being named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Same hospital number, however it is typed: the same patient.
    pub number: String,
    /// Same birth date, sex and initials: perhaps the same patient under a mistyped number.
    pub likeness: String,
}

/// Upper case, no blanks or dashes, full-width letters and digits as plain ones: what a hurried hand varies.
fn normal(text: &str) -> String {
    text.chars()
        .map(|c| match c as u32 {
            wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The secret key of a trial's marks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonKey([u8; 32]);

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(secret)")
    }
}

impl PersonKey {
    /// A key of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA-256 (RFC 2104) over the parts, each with its length in front; lower-case hexadecimal.
    fn mark(&self, parts: &[&str]) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; 64];
            block.iter_mut().zip(self.0).for_each(|(block, key)| *block ^= key);
            block
        };
        let mut inner = Sha256::new().chain_update(pad(0x36));
        for part in parts {
            inner.update((part.len() as u64).to_be_bytes());
            inner.update(part);
        }
        hex::encode(Sha256::new().chain_update(pad(0x5c)).chain_update(inner.finalize()).finalize())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn person(number: &str) -> Person {
        Person {
            birth_date: date(1980, 2, 29),
            sex: "female".into(),
            hospital_number: number.into(),
            initials: "LQ".into(),
        }
    }

    #[test]
    fn the_same_number_typed_differently_is_the_same_patient() {
        let key = PersonKey::new([9; 32]);
        let mark = |number| person(number).marks(&key).number;
        for typed in ["ab 1234-5", "AB12345", " ab12345 ", "ＡＢ１２３４５"] {
            assert_eq!(mark(typed), mark("AB12345"), "{typed}");
        }
        assert_ne!(mark("AB12346"), mark("AB12345"));
        assert_eq!(person("AB12346").marks(&key).likeness, person("AB12345").marks(&key).likeness);
        assert_ne!(person("1").marks(&key), person("1").marks(&PersonKey::new([8; 32])));
    }

    #[test]
    fn nothing_of_a_person_is_shown() {
        let shown = format!("{:?} {:?}", person("AB12345"), PersonKey::new([9; 32]));
        for secret in ["AB12345", "LQ", "1980", "female", "9, 9"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }

    #[test]
    fn completed_years_end_on_the_birthday() {
        let table = [
            (date(2026, 2, 28), 45),
            (date(2026, 3, 1), 46),
            (date(2024, 2, 29), 44),
            (date(2024, 2, 28), 43),
            (date(1980, 2, 29), 0),
        ];
        for (on, years) in table {
            assert_eq!(person("1").completed_years(on), Some(years), "{on}");
        }
        assert_eq!(person("1").completed_years(date(1980, 2, 28)), None);
    }
}
