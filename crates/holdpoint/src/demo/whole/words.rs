//! Values as messages carry them.

use holdpoint_api::common::v1::{Value, Words, value::Of};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::ids::FactId;

use crate::demo::sim::Drawn;

/// A drawn value in the unit of the fact's declaration. An event from which a fact counts is recorded as an event, and is no value.
pub(super) fn value(protocol: &Protocol, fact: &FactId, drawn: &Drawn) -> Option<Value> {
    let unit = protocol.fact(fact.as_str()).and_then(|fact| fact.unit.as_ref()).map(ToString::to_string);
    let of = match drawn {
        Drawn::Number(number) => {
            return Some(Value { of: Some(Of::Number(number.to_string())), unit: unit.unwrap_or_default() });
        }
        Drawn::Yes(yes) => Of::Yes(*yes),
        Drawn::Word(word) => Of::Word(word.clone()),
        Drawn::Words(words) => Of::Words(Words { word: words.clone() }),
        Drawn::Since(..) => return None,
    };
    Some(Value { of: Some(of), unit: String::new() })
}

/// "P-001, P-004 and P-007"; beyond a handful their number.
pub(super) fn names(subjects: &[String]) -> String {
    match subjects {
        many if many.len() > 6 => format!("{} subjects", many.len()),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        [] => "nobody".to_owned(),
    }
}
