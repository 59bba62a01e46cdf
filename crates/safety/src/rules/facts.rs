//! Facts of an adverse event between safety and the trial file: checked against its dictionary when they are given,
//! and handed to its rules with the time of each change.

use holdpoint_chassis::error::FieldViolation;
use holdpoint_clinical::Quantity;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::eval::{Facts, Value};

use super::chart::stamp;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::fact::{FactValue, GivenFact};

/// What is wrong with the facts given: names that the dictionary does not have, and values that a fact cannot take.
pub fn check(protocol: &Protocol, facts: &[GivenFact]) -> Vec<FieldViolation> {
    facts.iter().enumerate().filter_map(|(place, given)| violation(protocol, place, given)).collect()
}

fn violation(protocol: &Protocol, place: usize, given: &GivenFact) -> Option<FieldViolation> {
    let Some(fact) = protocol.adverse_event_facts.get(given.fact.as_str()) else {
        let known: Vec<String> = protocol.adverse_event_facts.keys().map(ToString::to_string).collect();
        return Some(FieldViolation {
            field: format!("facts[{place}].fact"),
            found: Some(given.fact.clone()),
            allowed: known.join(", "),
        });
    };
    let fits = value(fact, &given.value).is_some_and(|value| value.fits(fact));
    (!fits).then(|| FieldViolation {
        field: format!("facts[{place}].value"),
        found: Some(words(&given.value)),
        allowed: allowed(fact),
    })
}

fn allowed(fact: &Fact) -> String {
    let unit = fact.unit.as_ref().map(|unit| format!(" in {unit}")).unwrap_or_default();
    match (&fact.kind, &fact.range) {
        (FactKind::YesNo, _) => "yes or no".to_owned(),
        (FactKind::Choice(of) | FactKind::Ordered(of), _) => {
            let words: Vec<String> = of.iter().map(ToString::to_string).collect();
            format!("{} {}", if fact.many { "any of" } else { "one of" }, words.join(", "))
        }
        (_, Some(range)) => format!("a number within {range}{unit}"),
        (_, None) => format!("a number{unit}"),
    }
}

fn words(value: &FactValue) -> String {
    match value {
        FactValue::Number { value, unit } if unit.is_empty() => value.to_string(),
        FactValue::Number { value, unit } => format!("{value} {unit}"),
        FactValue::Yes(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        FactValue::Word(word) => word.clone(),
        FactValue::Words(words) => words.iter().cloned().collect::<Vec<_>>().join(", "),
        FactValue::Date(date) => date.to_string(),
    }
}

/// A value as the trial file reads it. One word ticked is a set of one where several may be.
fn value(fact: &Fact, given: &FactValue) -> Option<Value> {
    Some(match given {
        FactValue::Number { value, unit } if unit.is_empty() => Value::Number(Quantity::pure(*value)),
        FactValue::Number { value, unit } => Value::Number(Quantity::new(*value, unit.parse().ok()?)),
        FactValue::Yes(yes) => Value::Yes(*yes),
        FactValue::Word(word) if fact.many => Value::Words([word.parse().ok()?].into()),
        FactValue::Word(word) => Value::Word(word.parse().ok()?),
        FactValue::Words(words) => {
            Value::Words(words.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?)
        }
        FactValue::Date(_) => return None,
    })
}

/// All changes of an adverse event's facts. What the dictionary in force does not know is left out, and so unknown.
pub fn eval_facts(protocol: &Protocol, event: &AdverseEvent) -> Facts {
    let mut facts = Facts::new();
    for (id, history) in &event.facts {
        let Some(fact) = protocol.adverse_event_facts.get(id.as_str()) else { continue };
        for change in history.changes() {
            if let Some(value) = value(fact, &change.value) {
                facts.record(fact.id.clone(), value, stamp(change.since));
            }
        }
    }
    facts
}
