//! Every way in which followup says no, as the pure rules know it: what was found and what would be right. `error.rs`
//! gives each its stable code and its words for the caller. None carries personal data.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ids::RecordId;

/// A judged no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    // ---- the record of an activity
    #[error("activity {activity} is not in the trial's dictionaries")]
    UnknownActivity { activity: String },
    #[error("fact {fact} {why}")]
    Fact { fact: String, why: String },
    #[error("{field} lies ahead: at the site it is {today}")]
    Ahead { field: &'static str, found: Date, today: Date },
    #[error("{field} does not lie on {date} at the site")]
    OtherDay { field: String, found: Timestamp, date: Date },
    #[error("record {record} is of another subject or activity")]
    OtherRecord { record: RecordId },
    #[error("record {record} was made of the laboratory's results; the laboratory corrects them")]
    NotAPersons { record: RecordId },
    #[error("record {record} was corrected or withdrawn before")]
    Replaced { record: RecordId },

    // ---- a visit
    #[error("can not {what} a visit that is {found}; it must be {allowed}")]
    WrongState { what: &'static str, found: &'static str, allowed: &'static str },
    #[error("the file does not let {visit} be waived")]
    NotWaivable { visit: String },
    #[error("visit {visit} is an infusion: dosing plans and cancels it")]
    Treatment { visit: String },
    #[error("visit {visit} is bound to the moment of its phase and has no other day")]
    ToTheMoment { visit: String },
    #[error("{date} has passed at the site, where it is {today}")]
    Passed { date: Date, today: Date },
}
