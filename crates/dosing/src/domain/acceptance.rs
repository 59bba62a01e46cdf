//! Decides whether a product's `accept` is true of a lot: unknown refuses (protocols README, sentence 16).

use std::sync::Arc;

use holdpoint_clinical::{Quantity, Unit};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::Fact;
use holdpoint_protocol::eval::{FactSource, Looked, Observed, Pick, Stamp, Truth, Value, ask};
use jiff::tz::TimeZone;

use super::lot::{Lot, LotFact};
use super::refusal::Refusal;

/// Judges a lot by the product's condition in this protocol version.
pub fn accepts(protocol: &Protocol, lot: &Lot) -> Result<(), Refusal> {
    let product = lot.product.as_str().parse().ok().and_then(|product| protocol.product(&product));
    let Some(product) = product else {
        let why = format!("product {} is not in the protocol", lot.product);
        return Err(Refusal::LotNotAccepted { lot: lot.id.clone(), why });
    };
    let Some(accept) = &product.accept else { return Ok(()) };
    let answer = ask(accept, &LotFacts(lot));
    match answer.truth {
        Truth::True => Ok(()),
        Truth::False | Truth::Unknown => {
            let why = format!("`accept` is {}: {}", answer.truth.as_str(), answer.reasons.join("; "));
            Err(Refusal::LotNotAccepted { lot: lot.id.clone(), why })
        }
    }
}

struct LotFacts<'a>(&'a Lot);

impl FactSource for LotFacts<'_> {
    fn pick(&self) -> Pick {
        Pick::Worst
    }

    fn look(&self, fact: &Arc<Fact>) -> Looked {
        let value = self.0.facts.get(fact.id.as_str()).and_then(value);
        Looked::from(
            value.map(|value| Observed { value, at: Stamp::Undated }).into_iter().collect::<Vec<_>>(),
        )
    }

    fn zone(&self) -> &TimeZone {
        const UTC: &TimeZone = &TimeZone::UTC;
        UTC
    }
}

/// The value as the dictionary knows it; what can be none of its values leaves the fact unknown.
fn value(fact: &LotFact) -> Option<Value> {
    Some(match fact {
        LotFact::Yes(yes) => Value::Yes(*yes),
        LotFact::Word(word) => Value::Word(word.parse().ok()?),
        LotFact::Number { value, unit } if unit.is_empty() => Value::Number(Quantity::pure(*value)),
        LotFact::Number { value, unit } => Value::Number(Quantity::new(*value, unit.parse::<Unit>().ok()?)),
    })
}
