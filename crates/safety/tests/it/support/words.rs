//! Short words for moments, facts, people and refusals.

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::value::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::error::{CODE_KEY, detail_of};
use holdpoint_chassis::identity::Role;
use jiff::Timestamp;
use tonic::Status;

/// Who works in the trial: pete at one site of it, the others in all of it.
pub const STAFF: &[(&str, Role)] = &[
    ("pia", Role::PrincipalInvestigator),
    ("pete", Role::PrincipalInvestigator),
    ("ines", Role::Investigator),
    ("nora", Role::BedsideNurse),
    ("sam", Role::SafetyOfficer),
    ("bea", Role::BoardMember),
    ("adam", Role::Administrator),
    ("both", Role::BoardMember),
    ("both", Role::PrincipalInvestigator),
];

pub fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn at(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

pub fn yes(fact: &str, since: &str) -> pb::AdverseEventFact {
    given(fact, Of::Yes(true), since)
}

pub fn no(fact: &str) -> pb::AdverseEventFact {
    given(fact, Of::Yes(false), "")
}

pub fn number(fact: &str, number: u32, since: &str) -> pb::AdverseEventFact {
    given(fact, Of::Number(number.to_string()), since)
}

pub fn word(fact: &str, word: &str) -> pb::AdverseEventFact {
    given(fact, Of::Word(word.to_owned()), "")
}

fn given(fact: &str, of: Of, since: &str) -> pb::AdverseEventFact {
    let since = if since.is_empty() { None } else { Some(at(moment(since))) };
    let value = Some(common::Value { of: Some(of), unit: String::new() });
    pb::AdverseEventFact { fact: fact.to_owned(), value, since, since_date: String::new() }
}

/// The stable code of a refusal.
pub fn code(status: &Status) -> String {
    status.metadata().get(CODE_KEY).map(|code| code.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The holds that a refusal names.
pub fn named(status: &Status) -> Vec<String> {
    detail_of(status).map(|detail| detail.holds).unwrap_or_default()
}
