//! A product lot: received, released for a trial, quarantined, and where each of its cells went. A lot dosed once more
//! than it holds, or after its expiry, or to another person than it was made for, is the harm to prevent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{InfusionId, LotId, ProductId, SubjectId, TrialId};
use super::refusal::Refusal;

/// One fact of a lot as the dictionary's product facts declare it; exact text, with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LotFact {
    /// A measured number.
    Number {
        /// Exact.
        value: Decimal,
        /// As the dictionary writes it; empty for a count.
        unit: String,
    },
    /// Yes or no.
    Yes(bool),
    /// One word of a list.
    Word(String),
}

/// Pharmacy's release for one trial: the product's attestation, signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Release {
    /// Reference of the certificate or report.
    pub certificate: String,
    /// Who signed.
    pub by: String,
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Digest of the protocol version whose `accept` was true.
    pub protocol: String,
}

/// Where a lot stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LotState {
    /// In the house, not to be used.
    Received,
    /// To be used in these trials.
    Released(BTreeMap<TrialId, Release>),
    /// Not to be used, for good.
    Quarantined {
        /// In the words of who did it.
        why: String,
        /// When.
        #[serde(with = "micros::required")]
        at: Timestamp,
    },
}

/// For whom an autologous lot was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipient {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
}

/// Cells taken out of a lot for one infusion.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Drawn {
    /// Cells prepared.
    pub prepared: Decimal,
    /// Cells given, once the infusion is over. What is between the two was destroyed.
    pub given: Option<Decimal>,
}

/// A maker's lot of a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lot {
    /// The maker's number.
    pub id: LotId,
    /// The product, as trial files name it.
    pub product: ProductId,
    /// Facts that `accept` asks.
    pub facts: BTreeMap<String, LotFact>,
    /// Cells received.
    pub cells: Decimal,
    /// What it is counted in: `cells`, or the unit of a dose that is none of cells.
    pub unit: String,
    /// Not to be used from here on.
    #[serde(with = "micros::required")]
    pub expires: Timestamp,
    /// For whom, when autologous.
    pub recipient: Option<Recipient>,
    /// Where it stands.
    pub state: LotState,
    /// Where its cells went: one line an infusion.
    pub drawn: BTreeMap<InfusionId, Drawn>,
}

impl Lot {
    /// Cells that nobody has drawn yet.
    pub fn cells_left(&self) -> Decimal {
        self.cells - self.drawn.values().map(|drawn| drawn.prepared).sum::<Decimal>()
    }

    /// Received or Released -> Released for one trial more. That `accept` is true was judged before.
    pub fn release(self, trial: TrialId, release: Release) -> Result<Self, Refusal> {
        if release.at >= self.expires {
            return Err(Refusal::LotExpired { lot: self.id, expired: self.expires });
        }
        if self.recipient.as_ref().is_some_and(|recipient| recipient.trial != trial) {
            return Err(Refusal::LotOfOther { lot: self.id });
        }
        let mut trials = match self.state {
            LotState::Received => BTreeMap::new(),
            LotState::Released(trials) => trials,
            LotState::Quarantined { .. } => return Err(Refusal::LotQuarantined { lot: self.id }),
        };
        trials.insert(trial, release);
        Ok(Self { state: LotState::Released(trials), ..self })
    }

    /// What is known of it by now: facts in place of wrong ones, and the count that it really held. What was drawn from it is
    /// the same share of it as before.
    pub fn corrected(mut self, facts: BTreeMap<String, LotFact>, cells: Option<Decimal>) -> Self {
        self.facts.extend(facts);
        let Some(cells) = cells else { return self };
        let before = std::mem::replace(&mut self.cells, cells);
        let share = |amount: Decimal| share_of(amount, cells, before);
        for drawn in self.drawn.values_mut() {
            *drawn = Drawn { prepared: share(drawn.prepared), given: drawn.given.map(share) };
        }
        self
    }

    /// What an amount written down for an infusion really is, where the lot was counted again since its order.
    pub fn really(&self, infusion: &InfusionId, written: Decimal, ordered: Decimal) -> Decimal {
        match self.drawn.get(infusion) {
            Some(drawn) if drawn.prepared != ordered => share_of(written, drawn.prepared, ordered),
            _ => written,
        }
    }

    /// Any state -> Quarantined, for good.
    pub fn quarantine(self, why: String, at: Timestamp) -> Self {
        Self { state: LotState::Quarantined { why, at }, ..self }
    }

    /// Whether the lot may be used for this subject at this moment.
    pub fn usable(&self, trial: &TrialId, subject: &SubjectId, at: Timestamp) -> Result<(), Refusal> {
        let lot = || self.id.clone();
        match &self.state {
            LotState::Quarantined { .. } => return Err(Refusal::LotQuarantined { lot: lot() }),
            LotState::Released(trials) if trials.contains_key(trial) => {}
            _ => return Err(Refusal::LotNotReleased { lot: lot(), trial: trial.clone() }),
        }
        if at >= self.expires {
            return Err(Refusal::LotExpired { lot: lot(), expired: self.expires });
        }
        match &self.recipient {
            Some(made_for) if made_for.trial != *trial || made_for.subject != *subject => {
                Err(Refusal::LotOfOther { lot: lot() })
            }
            _ => Ok(()),
        }
    }

    /// Pharmacy's release for a trial, while the lot is not in quarantine.
    pub fn release_for(&self, trial: &TrialId) -> Result<&Release, Refusal> {
        match &self.state {
            LotState::Released(trials) => trials.get(trial),
            LotState::Received | LotState::Quarantined { .. } => None,
        }
        .ok_or_else(|| Refusal::LotNotReleased { lot: self.id.clone(), trial: trial.clone() })
    }

    /// Draws cells for an infusion; what it drew before goes back first.
    pub fn draw(mut self, infusion: InfusionId, cells: Decimal) -> Result<Self, Refusal> {
        self.drawn.remove(&infusion);
        let left = self.cells_left();
        if cells > left {
            return Err(Refusal::LotTooSmall { lot: self.id, asked: cells, left });
        }
        self.drawn.insert(infusion, Drawn { prepared: cells, given: None });
        Ok(self)
    }

    /// The order was taken back before anything was given: its cells are in the lot again.
    pub fn put_back(mut self, infusion: &InfusionId) -> Self {
        if self.drawn.get(infusion).is_some_and(|drawn| drawn.given.is_none()) {
            self.drawn.remove(infusion);
        }
        self
    }

    /// The infusion is over; what was prepared and not given was destroyed.
    pub fn given(mut self, infusion: &InfusionId, cells: Decimal) -> Self {
        if let Some(drawn) = self.drawn.get_mut(infusion) {
            drawn.given = Some(cells);
        }
        self
    }

    /// The state's word.
    pub fn state_word(&self) -> &'static str {
        match self.state {
            LotState::Received => "received",
            LotState::Released(_) => "released",
            LotState::Quarantined { .. } => "quarantined",
        }
    }
}

/// The same share of another whole, to a millionth of a unit; nothing of nothing.
fn share_of(amount: Decimal, whole: Decimal, of: Decimal) -> Decimal {
    const PLACES: u32 = 6;
    let share = amount.checked_mul(whole).and_then(|product| product.checked_div(of));
    share.unwrap_or(amount).round_dp(PLACES).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lot(cells: i64) -> Lot {
        Lot {
            id: "L1".into(),
            product: "uc-msc".into(),
            facts: BTreeMap::new(),
            cells: cells.into(),
            unit: "cells".into(),
            expires: at(1_000),
            recipient: None,
            state: LotState::Received,
            drawn: BTreeMap::new(),
        }
    }

    fn release(second: i64) -> Release {
        Release { certificate: "C".into(), by: "ph".into(), at: at(second), protocol: "d".into() }
    }

    fn usable(lot: &Lot, second: i64) -> Result<(), Refusal> {
        lot.usable(&"t".into(), &"P-001".into(), at(second))
    }

    #[test]
    fn a_lot_is_used_only_when_released_for_the_trial_and_before_its_expiry() {
        let received = lot(10);
        assert!(matches!(usable(&received, 1), Err(Refusal::LotNotReleased { .. })));
        let elsewhere = received.clone().release("other".into(), release(1)).unwrap();
        assert!(matches!(usable(&elsewhere, 1), Err(Refusal::LotNotReleased { .. })));
        let released = elsewhere.release("t".into(), release(1)).unwrap();
        assert_eq!(usable(&released, 999), Ok(()));
        assert!(matches!(usable(&released, 1_000), Err(Refusal::LotExpired { .. })));
        let gone = released.quarantine("bag torn".into(), at(5));
        assert!(matches!(usable(&gone, 6), Err(Refusal::LotQuarantined { .. })));
        assert!(matches!(gone.release("t".into(), release(6)), Err(Refusal::LotQuarantined { .. })));
    }

    #[test]
    fn an_autologous_lot_is_for_its_subject_only() {
        let made_for = |subject: &str| Lot {
            recipient: Some(Recipient { trial: "t".into(), subject: subject.into() }),
            ..lot(10)
        };
        let own = made_for("P-001").release("t".into(), release(1)).unwrap();
        assert_eq!(usable(&own, 2), Ok(()));
        let other = made_for("P-002").release("t".into(), release(1)).unwrap();
        assert!(matches!(usable(&other, 2), Err(Refusal::LotOfOther { .. })));
    }

    proptest! {
        #[test]
        fn never_more_is_drawn_than_was_received(draws in prop::collection::vec((0u8..5, 0i64..60), 0..20)) {
            let mut lot = lot(100);
            for (infusion, cells) in draws {
                let before = lot.clone();
                match lot.draw(format!("i{infusion}").as_str().into(), cells.into()) {
                    Ok(drawn) => lot = drawn,
                    Err(refusal) => {
                        prop_assert!(matches!(refusal, Refusal::LotTooSmall { .. }), "{refusal:?}");
                        lot = before;
                    }
                }
                prop_assert!(lot.cells_left() >= Decimal::ZERO);
            }
        }

        #[test]
        fn a_correction_keeps_every_share(cells in 1i64..100, really in 1i64..200) {
            let given = lot(100).draw("i".into(), cells.into()).unwrap().given(&"i".into(), cells.into());
            let corrected = given.corrected(BTreeMap::new(), Some(really.into()));
            let expected = Decimal::from(cells * really) / Decimal::ONE_HUNDRED;
            prop_assert_eq!(corrected.drawn[&"i".into()].given, Some(expected.normalize()));
            prop_assert_eq!(corrected.really(&"i".into(), cells.into(), cells.into()), expected.normalize());
            prop_assert!(corrected.cells_left() >= Decimal::ZERO);
        }

        #[test]
        fn putting_back_undoes_a_draw(cells in 0i64..100) {
            let drawn = lot(100).draw("i".into(), cells.into()).unwrap();
            prop_assert_eq!(drawn.clone().put_back(&"i".into()), lot(100));
            let given = drawn.given(&"i".into(), cells.into());
            prop_assert_eq!(given.clone().put_back(&"i".into()), given, "what was given does not come back");
        }
    }
}
