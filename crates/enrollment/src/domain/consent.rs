//! A subject's consents: each to one protocol version, with the documents signed. Never edited: a later one stands
//! beside the earlier ones, and the subject stays on the version consented to until the next (architecture, idea 1).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One consent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consent {
    /// Civil date at the site on which it was signed.
    pub date: Date,
    /// The protocol version consented to.
    pub version: String,
    /// Ids of the documents, as the file's criteria need them.
    pub documents: Vec<String>,
    /// When it was entered, civil time.
    pub recorded_at: Timestamp,
    /// A later record stands in its place; what it said stays visible.
    #[serde(default)]
    pub corrected: bool,
}

/// All consents of a subject, the first and what followed; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consents {
    first: Consent,
    later: Vec<Consent>,
}

impl Consents {
    /// The first consent.
    pub fn first(consent: Consent) -> Self {
        Self { first: consent, later: vec![] }
    }

    /// With a further one.
    pub fn and(mut self, consent: Consent) -> Self {
        self.later.push(consent);
        self
    }

    /// With one that stands in the place of the newest.
    pub fn correct(mut self, consent: Consent) -> Self {
        self.later.last_mut().unwrap_or(&mut self.first).corrected = true;
        self.and(consent)
    }

    /// Every record in the order entered, those that were corrected too.
    pub fn all(&self) -> impl Iterator<Item = &Consent> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// Those that stand, in the order in which they were entered.
    pub fn iter(&self) -> impl Iterator<Item = &Consent> {
        self.all().filter(|consent| !consent.corrected)
    }

    /// The consent in force: the one entered last.
    pub fn newest(&self) -> &Consent {
        self.later.last().unwrap_or(&self.first)
    }

    /// The day of the earliest: what a trial procedure must not come before (Protocol 6.2, facts.md R54).
    pub fn earliest(&self) -> Date {
        self.iter().map(|consent| consent.date).fold(self.newest().date, Date::min)
    }

    /// Every document signed so far.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(|consent| consent.documents.iter().map(String::as_str))
    }

    /// The documents signed with what was entered after a moment.
    pub fn documents_since(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let later = self.iter().filter(move |consent| consent.recorded_at > at);
        later.flat_map(|consent| consent.documents.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn consent(day: i8, document: &str) -> Consent {
        Consent {
            date: date(2026, 3, day),
            version: "1.0".into(),
            documents: vec![document.into()],
            recorded_at: Timestamp::from_second(i64::from(day)).unwrap(),
            corrected: false,
        }
    }

    #[test]
    fn a_correction_stands_and_what_it_corrects_stays_visible() {
        let consents = Consents::first(consent(1, "a")).correct(consent(4, "b")).and(consent(9, "c"));
        let days = |each: &mut dyn Iterator<Item = &Consent>| each.map(|c| c.date.day()).collect::<Vec<_>>();
        assert_eq!(days(&mut consents.all()), [1, 4, 9]);
        assert_eq!(days(&mut consents.iter()), [4, 9]);
        assert_eq!((consents.earliest().day(), consents.newest().date.day()), (4, 9));
        assert_eq!(consents.documents().collect::<Vec<_>>(), ["b", "c"]);
        let since = Timestamp::from_second(4).unwrap();
        assert_eq!(consents.documents_since(since).collect::<Vec<_>>(), ["c"]);
    }
}
