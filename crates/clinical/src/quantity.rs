//! A measured value with its unit: exact decimals, never a number that has lost its unit.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Unit;

/// A number with the unit it was measured in; pure numbers (a score, a count) have none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// The number, exactly as given.
    pub value: Decimal,
    /// Its unit, or none for a score or a count.
    pub unit: Option<Unit>,
}

impl Quantity {
    /// A value measured in `unit`.
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self { value, unit: Some(unit) }
    }

    /// A score or a count.
    pub fn pure(value: Decimal) -> Self {
        Self { value, unit: None }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Some(unit) => write!(f, "{} {unit}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_reads_as_it_is_spoken() {
        let low = Quantity::new(Decimal::new(5, 1), "e9/L".parse().unwrap());
        assert_eq!(low.to_string(), "0.5 e9/L");
        assert_eq!(Quantity::pure(Decimal::from(3)).to_string(), "3");
    }
}
