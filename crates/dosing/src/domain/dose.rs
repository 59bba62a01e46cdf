//! A dose as it is kept with an order: what the file and the weight ask for, how far what is given may lie from it, and
//! why (protocols README, sentences 16 and 17). The reckoning itself is the protocol crate's.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::lot::Lot;
use super::refusal::Refusal;

/// Which weight a dose was reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightUsed {
    /// The baseline stands: the weight of `weigh` differs by less than `reweigh`.
    Baseline,
    /// The weight of `weigh` differs by `reweigh` or more, or the file has no `reweigh`.
    Day,
    /// The dose does not depend on a weight.
    None,
}

impl WeightUsed {
    /// The word that answers use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Day => "day",
            Self::None => "none",
        }
    }
}

/// A dose and its bounds, in one unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dose {
    /// What the file and the weight ask for; none where the file leaves an amount of a range to a prescriber.
    pub reckoned: Option<Decimal>,
    /// The least that is within tolerance.
    pub lowest: Decimal,
    /// The most that is within tolerance.
    pub highest: Decimal,
    /// Unit of the three: `cells`.
    pub unit: String,
    /// The weight it was reckoned from, in kilograms.
    pub weight_kilograms: Option<Decimal>,
    /// When that was measured.
    #[serde(with = "micros::optional")]
    pub weight_measured_at: Option<Timestamp>,
    /// Which weight that was.
    pub weight_used: WeightUsed,
    /// The reckoning in words, with its sections.
    pub reasons: Vec<String>,
}

/// What the file asks for before anything is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// So much.
    Reckoned(Dose),
    /// All of a lot, however much it is.
    Whole,
    /// The amount that a prescriber gives; nothing is reckoned.
    Entered,
}

impl Dose {
    /// Whether an amount lies within tolerance, both ends inside.
    pub fn allows(&self, amount: Decimal) -> bool {
        (self.lowest..=self.highest).contains(&amount)
    }
}

impl Asked {
    /// The dose of an order for this amount of this lot. `tolerated` are the file's bounds of an amount that is not
    /// reckoned. Refused: outside the bounds, another unit than the lot's, or less than the whole where all is given.
    pub fn order(
        self,
        amount: Decimal,
        lot: &Lot,
        tolerated: impl FnOnce(Decimal) -> (Decimal, Decimal),
    ) -> Result<Dose, Refusal> {
        let dose = match self {
            Self::Reckoned(dose) => dose,
            Self::Whole => as_prepared(lot.cells, lot, tolerated, "the file gives the whole product"),
            Self::Entered => as_prepared(amount, lot, tolerated, "a prescriber gives the amount"),
        };
        if dose.unit != lot.unit {
            return Err(Refusal::LotUnit { lot: lot.id.clone(), found: lot.unit.clone(), asked: dose.unit });
        }
        if dose.allows(amount) {
            return Ok(dose);
        }
        Err(Refusal::OutsideTolerance { cells: amount, lowest: dose.lowest, highest: dose.highest })
    }

    /// The reckoned dose, where there is one.
    pub fn reckoned(&self) -> Option<&Dose> {
        match self {
            Self::Reckoned(dose) => Some(dose),
            Self::Whole | Self::Entered => None,
        }
    }

    /// What is not reckoned, in words.
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Reckoned(_) => "reckoned",
            Self::Whole => "the file gives the whole product: nothing is reckoned",
            Self::Entered => "a prescriber gives the amount: nothing is reckoned",
        }
    }
}

fn as_prepared(
    amount: Decimal,
    lot: &Lot,
    tolerated: impl FnOnce(Decimal) -> (Decimal, Decimal),
    why: &str,
) -> Dose {
    let (lowest, highest) = tolerated(amount);
    Dose {
        reckoned: Some(amount),
        lowest,
        highest,
        unit: lot.unit.clone(),
        weight_kilograms: None,
        weight_measured_at: None,
        weight_used: WeightUsed::None,
        reasons: vec![why.to_owned()],
    }
}
