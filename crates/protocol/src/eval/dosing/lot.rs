//! Whether a lot may be used: its facts must make `accept` true; unknown refuses (semantics 16).

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::dictionary::Fact;
use crate::eval::condition::{FactSource, Looked, Pick, ask};
use crate::eval::facts::Facts;
use crate::eval::truth::{Answer, Truth};
use crate::model::Product;

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

/// Whether a lot of a product may be used. True without `accept`; the product's `attest` is asked apart.
pub fn accepts_lot(product: &Product, lot: &Facts) -> Answer {
    match &product.accept {
        Some(accept) => ask(accept, &LotFacts(lot)),
        None => Answer::known(Truth::True, "the file asks nothing of a lot"),
    }
}
