//! A subject's consents: each to one protocol version, with the documents signed. Never edited: a later one stands
//! beside the earlier ones, and the subject stays on the version consented to until the next (architecture, idea 1).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Civil date at the site on which it was signed.
    pub date: Date,
    /// The protocol version consented to.
    pub version: String,
    /// Ids of the documents, as the file's criteria need them.
    pub documents: Vec<String>,
    /// When it was entered, civil time.
    pub recorded_at: Timestamp,
}

/// All consents of a subject, the first and what followed; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// In the order in which they were entered.
    pub fn iter(&self) -> impl Iterator<Item = &Consent> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The consent in force: the one entered last.
    pub fn newest(&self) -> &Consent {
        self.later.last().unwrap_or(&self.first)
    }

    /// The day of the earliest: what a trial procedure must not come before (Protocol 6.2, facts.md R54).
    pub fn earliest(&self) -> Date {
        self.iter().map(|consent| consent.date).fold(self.first.date, Date::min)
    }

    /// Every document signed so far.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(|consent| consent.documents.iter().map(String::as_str))
    }
}
