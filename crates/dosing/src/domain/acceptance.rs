//! Puts a lot before the protocol: whether its product's `accept` is true of it; unknown refuses (protocols README,
//! sentence 16). The judgement is the protocol crate's.

use holdpoint_clinical::{Quantity, Unit};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::dosing::accepts_lot;
use holdpoint_protocol::eval::{Facts, Stamp, Truth, Value};

use super::lot::{Lot, LotFact};
use super::refusal::Refusal;

/// Judges a lot by this protocol version.
pub fn accepts(protocol: &Protocol, lot: &Lot) -> Result<(), Refusal> {
    let refused = |why| Err(Refusal::LotNotAccepted { lot: lot.id.clone(), why });
    match accepts_lot(protocol, lot.product.as_str(), &facts(lot)) {
        Some(answer) if answer.truth == Truth::True => Ok(()),
        Some(answer) => refused(format!("`accept` is {}: {}", answer.truth, answer.reasons.join("; "))),
        None => refused(format!("product {} is not in the protocol", lot.product)),
    }
}

/// A fact that no dictionary can name, or whose value is none, stays unknown.
fn facts(lot: &Lot) -> Facts {
    let read = lot.facts.iter().filter_map(|(name, fact)| Some((name.parse().ok()?, value(fact)?)));
    read.fold(Facts::new(), |facts, (name, value)| facts.with(name, value, Stamp::Undated))
}

fn value(fact: &LotFact) -> Option<Value> {
    Some(match fact {
        LotFact::Yes(yes) => Value::Yes(*yes),
        LotFact::Word(word) => Value::Word(word.parse().ok()?),
        LotFact::Number { value, unit } if unit.is_empty() => Value::Number(Quantity::pure(*value)),
        LotFact::Number { value, unit } => Value::Number(Quantity::new(*value, unit.parse::<Unit>().ok()?)),
    })
}
