//! A number of cells or an amount of a drug, written short where it is large: `1e6`, `0.8`.

use std::fmt;

use rust_decimal::Decimal;

use super::error::by_text;
use super::{Scalar, Scan};

/// An exact, non-negative amount without its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

/// Beyond this power of ten no clinical amount lies, and exact decimals end.
const LARGEST_POWER: u32 = 24;

impl Amount {
    /// The exact number.
    pub fn value(self) -> Decimal {
        self.0
    }

    /// An amount from a number; none for a negative one.
    pub fn new(value: Decimal) -> Option<Self> {
        (!value.is_sign_negative()).then(|| Self(value.normalize()))
    }
}

impl Scalar for Amount {
    const NAME: &'static str = "amount";
    const ALLOWED: &'static str = "a number such as 250, 0.8 or 1e6";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let number = scan.decimal()?;
        let power = scan.attempt(|s| {
            s.expect("e")?;
            s.count()
        });
        let scaled = match power {
            None => number,
            Some(power) if power <= LARGEST_POWER => {
                number.checked_mul(Decimal::from(10_u128.checked_pow(power)?))?
            }
            Some(_) => return None,
        };
        Self::new(scaled)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        if digits.contains('.') || zeros < 5 || significant.is_empty() {
            return f.write_str(&digits);
        }
        write!(f, "{significant}e{zeros}")
    }
}

by_text!(Amount);
