//! A reckoned dose as it is kept with an order: what the file and the weight ask for, how far what is given may lie
//! from it, and why (protocols README, sentence 16). The reckoning itself is the protocol crate's.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Which weight a dose was reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightUsed {
    /// The baseline stands: the weight of `weigh` differs by less than `reweigh`.
    Baseline,
    /// The weight of `weigh` differs by `reweigh` or more.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dose {
    /// What the file and the weight ask for.
    pub reckoned: Decimal,
    /// The least that is within tolerance.
    pub lowest: Decimal,
    /// The most that is within tolerance.
    pub highest: Decimal,
    /// Unit of the three: `cells`.
    pub unit: String,
    /// The weight it was reckoned from, in kilograms.
    pub weight_kilograms: Option<Decimal>,
    /// Which weight that was.
    pub weight_used: WeightUsed,
    /// The reckoning in words, with its sections.
    pub reasons: Vec<String>,
}

impl Dose {
    /// Whether an amount lies within tolerance, both ends inside.
    pub fn allows(&self, amount: Decimal) -> bool {
        (self.lowest..=self.highest).contains(&amount)
    }
}
