//! Whether a lot may be used: its facts must make `accept` true; unknown refuses (semantics 16).

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::Protocol;
use crate::dictionary::Fact;
use crate::eval::condition::{FactSource, Looked, Pick, ask};
use crate::eval::facts::Facts;
use crate::eval::truth::{Answer, Truth};
use crate::model::RegimenRole;

struct LotFacts<'a>(&'a Facts);

impl FactSource for LotFacts<'_> {
    fn pick(&self) -> Pick {
        Pick::Worst
    }

    fn look(&self, fact: &Arc<Fact>) -> Looked {
        self.0.standing(&fact.id, None, self.zone()).into_iter().cloned().collect::<Vec<_>>().into()
    }

    fn zone(&self) -> &TimeZone {
        const UTC: &TimeZone = &TimeZone::UTC;
        UTC
    }
}

/// Whether a lot of what goes by this name may be used: a product of the file, or a placebo by the name of its
/// regimen. None where the file knows neither. True without `accept`; the product's `attest` is asked apart.
pub fn accepts_lot(protocol: &Protocol, product: &str, lot: &Facts) -> Option<Answer> {
    let asks_nothing = || Answer::known(Truth::True, "the file asks nothing of a lot");
    if let Some(product) = product.parse().ok().and_then(|id| protocol.product(&id)) {
        return Some(match &product.accept {
            Some(accept) => ask(accept, &LotFacts(lot)),
            None => asks_nothing(),
        });
    }
    let regimen = product.parse().ok().and_then(|id| protocol.regimen(&id))?;
    let is_placebo = regimen.role == RegimenRole::Placebo && regimen.product.is_none();
    is_placebo.then(asks_nothing)
}
