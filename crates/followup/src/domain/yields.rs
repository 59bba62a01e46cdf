//! Which activities a fact does, by the dictionary's `yields`: one fact of an activity shows that it was done, as a blood
//! count without a clotted platelet value is still a blood count. What may be recorded with an activity by a person.

use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::eval::Value;
use holdpoint_protocol::ids::ActivityId;

use super::performed::Reading;
use super::refusal::Refusal;

/// The activities that yield a fact, in the order of their ids.
pub fn done_by<'a>(protocol: &'a Protocol, fact: &'a str) -> impl Iterator<Item = &'a ActivityId> {
    let yields = move |activity: &&holdpoint_protocol::dictionary::Activity| {
        activity.yields.iter().any(|yielded| yielded.as_str() == fact)
    };
    protocol.activities.values().filter(yields).map(|activity| &activity.id)
}

/// Refuses what a person can not record: a fact that the dictionaries do not have for subjects, that the laboratory sends
/// or that is reckoned, and a reading that is no value of it.
pub fn check(protocol: &Protocol, fact: &str, reading: &Reading) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::Fact { fact: fact.to_owned(), why: why.to_owned() });
    let Some(declared) = protocol.facts.get(fact) else {
        return refuse("is not declared for subjects in the trial's dictionaries");
    };
    if declared.loinc.is_some() {
        return refuse("comes from the laboratory");
    }
    if matches!(declared.kind, FactKind::Completed(_) | FactKind::Elapsed(_)) || declared.derive.is_some() {
        return refuse("is reckoned from others, not recorded");
    }
    match value(reading) {
        Some(value) if value.fits(declared) && !is_below_zero(reading, declared) => Ok(()),
        _ => refuse("does not take this value"),
    }
}

/// An amount, a count or a score is never below zero, unless the dictionary gives it a range that goes there.
fn is_below_zero(reading: &Reading, fact: &Fact) -> bool {
    matches!(reading, Reading::Number { number, .. } if number.is_sign_negative() && !number.is_zero())
        && fact.range.is_none()
}

fn value(reading: &Reading) -> Option<Value> {
    use holdpoint_clinical::Quantity;
    Some(match reading {
        Reading::Number { number, unit } if unit.is_empty() => Value::Number(Quantity::pure(*number)),
        Reading::Number { number, unit } => Value::Number(Quantity::new(*number, unit.parse().ok()?)),
        Reading::Yes(yes) => Value::Yes(*yes),
        Reading::Word(word) => Value::Word(word.parse().ok()?),
        Reading::Words(words) => {
            Value::Words(words.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?)
        }
    })
}
