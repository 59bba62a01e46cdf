//! Decides how each refusal of labs is told: its stable code, the reason a program acts on, what it means and how to
//! mend it. One table, from which the documentation is made as well.

use holdpoint_chassis::error::{Error, ErrorEntry, FieldViolation, Reason, Refused, Severity};

use crate::domain::Refusal;

/// A field is missing or malformed.
pub const INVALID: ErrorEntry = info(
    "LAB-0001",
    Reason::InvalidArgument,
    "one or more fields of the request are missing or malformed",
    "correct the fields that are named and send the request again",
);
/// Nothing by this name.
pub const NOT_FOUND: ErrorEntry = info(
    "LAB-0002",
    Reason::NotFound,
    "nothing is known under this name",
    "look the name up; if it was given to another service a moment ago, try again",
);
/// The feed is not registered.
pub const UNKNOWN_FEED: ErrorEntry = ErrorEntry::new(
    "LAB-0003",
    Reason::FailedPrecondition,
    Severity::Warning,
    "the feed is not registered: nothing of it is taken",
    "have an administrator register the feed under the name that its token carries",
);
/// Another report under the same request id.
pub const OTHER_REPORT: ErrorEntry = info(
    "LAB-0004",
    Reason::AlreadyExists,
    "a report of another content came under this request id before",
    "make a request id for each report; repeat it only with the same content",
);
/// Two identifiers carry the same text.
pub const CONFUSED: ErrorEntry = ErrorEntry::new(
    "LAB-0010",
    Reason::InvalidArgument,
    Severity::Warning,
    "hospital number and subject code are the same text: one stands in the wrong field",
    "send each identifier in its own field",
);
/// The hospital number is another subject's.
pub const NUMBER_TAKEN: ErrorEntry = ErrorEntry::new(
    "LAB-0011",
    Reason::FailedPrecondition,
    Severity::Warning,
    "the hospital number is linked to another subject of the trial",
    "check whose number it is; one of the two subjects is somebody else, or one person was enrolled twice",
);
/// Decided before.
pub const ALREADY_RESOLVED: ErrorEntry = info(
    "LAB-0012",
    Reason::FailedPrecondition,
    "what was quarantined was decided before",
    "list the quarantine again",
);

/// Every refusal of labs.
pub const ERRORS: &[ErrorEntry] =
    &[INVALID, NOT_FOUND, UNKNOWN_FEED, OTHER_REPORT, CONFUSED, NUMBER_TAKEN, ALREADY_RESOLVED];

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

/// "No subject named P-017 is known here."
pub fn not_found(what: &'static str, name: &str) -> Error {
    NOT_FOUND.refuse(format!("no {what} named {name:?} is known here")).into()
}

fn entry(refusal: &Refusal) -> ErrorEntry {
    match refusal {
        Refusal::UnknownFeed { .. } => UNKNOWN_FEED,
        Refusal::OtherReport { .. } => OTHER_REPORT,
        Refusal::NumberTaken => NUMBER_TAKEN,
        Refusal::Confused { .. } => CONFUSED,
        Refusal::AlreadyResolved { .. } => ALREADY_RESOLVED,
        Refusal::UnknownZone { .. } => INVALID,
    }
}

/// The field that a refusal is about, with what is allowed there. A hospital number is never shown.
fn violation(refusal: &Refusal) -> Option<FieldViolation> {
    let field = |field: &str, found: Option<String>, allowed: &str| {
        Some(FieldViolation { field: field.to_owned(), found, allowed: allowed.to_owned() })
    };
    match refusal {
        Refusal::Confused { .. } => {
            field("hospital_number", None, "the hospital's number, not the trial's code")
        }
        Refusal::UnknownZone { found } => {
            field("time_zone", Some(found.clone()), "an IANA name such as Asia/Shanghai")
        }
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
    fn codes_are_labs_own_and_none_is_used_twice() {
        let codes: BTreeSet<_> = ERRORS.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), ERRORS.len());
        assert!(codes.iter().all(|code| code.starts_with("LAB-") && code.len() == 8));
    }

    #[test]
    fn a_refusal_shows_no_hospital_number() {
        let refused = Refused::from(Refusal::Confused { subject: "P-001".into() });
        assert_eq!((refused.code, refused.fields[0].found.as_deref()), ("LAB-0010", None));
    }
}
