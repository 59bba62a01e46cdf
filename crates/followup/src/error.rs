//! Decides how each refusal of followup is told: its stable code, the reason a program acts on, what it means and how to
//! mend it. One table, from which the documentation is made as well.

use holdpoint_chassis::error::{Error, ErrorEntry, FieldViolation, Reason, Refused, Severity};

use crate::domain::Refusal;

/// A field is missing or malformed.
pub const INVALID: ErrorEntry = info(
    "FUP-0001",
    Reason::InvalidArgument,
    "one or more fields of the request are missing or malformed",
    "correct the fields that are named and send the request again",
);
/// Nothing by this name.
pub const NOT_FOUND: ErrorEntry = info(
    "FUP-0002",
    Reason::NotFound,
    "nothing is known under this name",
    "look the name up; if it was given to another service a moment ago, try again",
);
/// The protocol version is not in force or not known here.
pub const NO_PROTOCOL: ErrorEntry = info(
    "FUP-0004",
    Reason::FailedPrecondition,
    "the subject's protocol version is not in force, or not known here",
    "activate the version in enrollment, or wait until its event arrives",
);
/// The visit's state does not allow it.
pub const WRONG_STATE: ErrorEntry = info(
    "FUP-0005",
    Reason::FailedPrecondition,
    "the visit's state does not allow this",
    "read the schedule and do what the visit's state allows",
);
/// A day or time lies where it can not lie.
pub const TIME_OUTSIDE: ErrorEntry = info(
    "FUP-0006",
    Reason::InvalidArgument,
    "a day lies ahead or has passed, or a time lies on another day",
    "give the day as it was, by the site's calendar",
);
/// The activity is not in the dictionaries.
pub const UNKNOWN_ACTIVITY: ErrorEntry = info(
    "FUP-0010",
    Reason::InvalidArgument,
    "the activity is not in the trial's dictionaries",
    "take the activity's id from the trial file",
);
/// The fact is none that a person records with an activity.
pub const FACT: ErrorEntry = info(
    "FUP-0011",
    Reason::InvalidArgument,
    "a fact is not declared, comes from the laboratory, is reckoned, or does not take the value",
    "record facts that the dictionary gives for subjects, with its unit and words",
);
/// The record can not be corrected by this.
pub const RECORD: ErrorEntry = info(
    "FUP-0012",
    Reason::FailedPrecondition,
    "the record is of another subject or activity, was replaced before, or is the laboratory's",
    "correct the newest record of the same subject and activity",
);
/// Not waivable.
pub const NOT_WAIVABLE: ErrorEntry = info(
    "FUP-0020",
    Reason::FailedPrecondition,
    "the file does not let this visit be waived",
    "do it, or say that it was missed or does not apply",
);
/// A treatment visit.
pub const TREATMENT: ErrorEntry = info(
    "FUP-0021",
    Reason::FailedPrecondition,
    "the visit is an infusion, which dosing plans",
    "plan, move and cancel infusions in dosing",
);

/// Every refusal of followup.
pub const ERRORS: &[ErrorEntry] = &[
    INVALID,
    NOT_FOUND,
    NO_PROTOCOL,
    WRONG_STATE,
    TIME_OUTSIDE,
    UNKNOWN_ACTIVITY,
    FACT,
    RECORD,
    NOT_WAIVABLE,
    TREATMENT,
];

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let refused = entry(&refusal).refuse(refusal.to_string());
        match violation(&refusal) {
            Some(violation) => refused.fields([violation]),
            None => refused,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

/// "No visit named pgf/cbc/7 is known here."
pub fn not_found(what: &'static str, name: &str) -> Error {
    NOT_FOUND.refuse(format!("no {what} named {name:?} is known here")).into()
}

fn entry(refusal: &Refusal) -> ErrorEntry {
    use Refusal as R;
    match refusal {
        R::UnknownActivity { .. } => UNKNOWN_ACTIVITY,
        R::Fact { .. } => FACT,
        R::Ahead { .. } | R::OtherDay { .. } | R::Passed { .. } => TIME_OUTSIDE,
        R::OtherRecord { .. } | R::NotAPersons { .. } | R::Replaced { .. } => RECORD,
        R::WrongState { .. } | R::ToTheMoment { .. } => WRONG_STATE,
        R::NotWaivable { .. } => NOT_WAIVABLE,
        R::Treatment { .. } => TREATMENT,
    }
}

/// The field that a refusal is about, with what is allowed there.
fn violation(refusal: &Refusal) -> Option<FieldViolation> {
    use Refusal as R;
    let field = |field: &str, found: Option<String>, allowed: String| {
        Some(FieldViolation { field: field.to_owned(), found, allowed })
    };
    match refusal {
        R::UnknownActivity { activity } => {
            field("activity", Some(activity.clone()), "an activity of the dictionaries".to_owned())
        }
        R::Fact { fact, why } => field(&format!("facts[{fact}]"), None, format!("not one that {why}")),
        R::Ahead { field: name, found, today } => {
            field(name, Some(found.to_string()), format!("up to {today}"))
        }
        R::OtherDay { field: name, found, date } => {
            field(name, Some(found.to_string()), format!("a moment of {date} at the site"))
        }
        R::Passed { date, today } => field("date", Some(date.to_string()), format!("{today} or later")),
        _ => None,
    }
}

const fn info(code: &'static str, reason: Reason, meaning: &'static str, mend: &'static str) -> ErrorEntry {
    ErrorEntry::new(code, reason, Severity::Info, meaning, mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_followups_own_and_none_is_used_twice() {
        let codes: BTreeSet<_> = ERRORS.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), ERRORS.len());
        assert!(codes.iter().all(|code| code.starts_with("FUP-") && code.len() == 8));
    }

    #[test]
    fn a_refusal_names_its_field() {
        let today = jiff::civil::date(2026, 3, 2);
        let found = jiff::civil::date(2026, 3, 3);
        let refused = Refused::from(Refusal::Ahead { field: "date", found, today });
        assert_eq!(refused.code, "FUP-0006");
        assert_eq!(refused.fields[0].field, "date");
    }
}
