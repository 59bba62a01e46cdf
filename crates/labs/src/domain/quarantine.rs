//! What waits for a person: one analyte with what it arrived with, why it may not be used as it is, and what became of it.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::identity::{Claim, Whose};
use super::ids::{FeedId, QuarantineId, TrialId};
use super::observation::Observation;
use super::pseudonym::{NumberHash, Slot};
use super::refusal::Refusal;
use super::report::Head;

/// Why an analyte may not be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nobody by this number or code is known.
    UnknownSubject,
    /// The number is that of two subjects.
    TwoCandidates,
    /// Number and code name different people.
    IdentitiesDisagree,
    /// Another sex than the subject's.
    SexDisagrees,
    /// Another year of birth than the subject's.
    BirthYearDisagrees,
    /// The subject is at a site that the feed does not report on.
    OtherSite,
    /// The same specimen stands as another subject's.
    OtherSubject,
    /// A number without a unit.
    UnitMissing,
    /// A unit that the analyte may not come in.
    UnitNotAllowed,
    /// No living person has this value in this unit.
    Implausible,
    /// The specimen is said to be taken later than now.
    TakenInTheFuture,
}

impl Why {
    /// The code word, as events carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownSubject => "unknown subject",
            Self::TwoCandidates => "two candidates",
            Self::IdentitiesDisagree => "identities disagree",
            Self::SexDisagrees => "sex disagrees",
            Self::BirthYearDisagrees => "year of birth disagrees",
            Self::OtherSite => "other site",
            Self::OtherSubject => "specimen stands under another subject",
            Self::UnitMissing => "unit missing",
            Self::UnitNotAllowed => "unit not allowed",
            Self::Implausible => "implausible value",
            Self::TakenInTheFuture => "taken in the future",
        }
    }

    /// What a laboratory's engineer can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::UnknownSubject => "it is taken up once a coordinator links the patient",
            Self::TwoCandidates => "name the trial and the subject's code in the report",
            Self::IdentitiesDisagree => {
                "check the patient's number and the subject's code; a coordinator decides"
            }
            Self::SexDisagrees | Self::BirthYearDisagrees => {
                "check whose specimen it is; a coordinator decides"
            }
            Self::OtherSite => "send it through a feed of the subject's site",
            Self::OtherSubject => "send it as wrong (W) for the subject it stands under",
            Self::UnitMissing => "send the unit with the value",
            Self::UnitNotAllowed => "send one of the units that the analyte may come in",
            Self::Implausible => "check value and unit against the analyzer",
            Self::TakenInTheFuture => "check the clock and the zone of the sender",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One analyte that waits, or waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its id: the same for every repeat of the same word.
    pub id: QuarantineId,
    /// Who sent it.
    pub feed: FeedId,
    /// Why.
    pub why: Why,
    /// Of whom it is said.
    pub claim: Claim,
    /// What it arrived with.
    pub head: Head,
    /// The analyte, letter by letter.
    pub observation: Observation,
    /// Since when.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// The trial, where a subject was found.
    pub trial: Option<TrialId>,
    /// What takes it up by itself: a link of the number, the subject's record, the specimen's withdrawal elsewhere.
    pub waits_for: Option<Awaited>,
    /// What became of it.
    pub state: State,
}

/// What takes an analyte up by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Awaited(String);

impl Awaited {
    /// A link of this number.
    pub fn number(number: &NumberHash) -> Self {
        Self(format!("number:{}", number.as_str()))
    }

    /// The record of this subject.
    pub fn subject(whose: &Whose) -> Self {
        Self(format!("subject:{}/{}", whose.trial, whose.subject))
    }

    /// That the specimen stands under nobody else.
    pub fn slot(slot: &Slot) -> Self {
        Self(format!("slot:{}", slot.as_str()))
    }

    /// Its text, by which those that wait are found.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It waits.
    Waiting,
    /// It was taken up for a subject.
    Linked(Whose),
    /// A person threw it away, with a reason that the journal keeps.
    Discarded,
}

impl State {
    /// Its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Linked(_) => "linked",
            Self::Discarded => "discarded",
        }
    }
}

impl Quarantined {
    /// It waits, or the decision comes too late.
    pub fn waiting(&self) -> Result<(), Refusal> {
        match self.state {
            State::Waiting => Ok(()),
            _ => Err(Refusal::AlreadyResolved { quarantine: self.id.clone(), how: self.state.as_str() }),
        }
    }
}
