//! The reference range a laboratory printed beside a value. It is converted with the value: a range in another unit than
//! its value would grade wrongly and quietly.

use rust_decimal::Decimal;

use crate::printed::{Comparator, Printed, plain_decimal};

/// From where to where a value is ordinary, both ends inside; an open end is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReferenceRange {
    /// The lower limit of normal.
    pub lower: Option<Decimal>,
    /// The upper limit of normal.
    pub upper: Option<Decimal>,
}

/// Between the two numbers, the longer first.
const BETWEEN: [&str; 7] = ["--", "\u{2014}", "\u{2013}", "~", "\u{ff5e}", " to ", "-"];

impl ReferenceRange {
    /// Reads `125-350`, `3.5--9.5`, `0.8~1.2`, `150000 to 350000`, `<5`, `≥60`. Anything else is no range.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Printed::Beyond(comparator, limit) = Printed::read(text) {
            return Some(match comparator {
                Comparator::Below | Comparator::AtMost => Self { lower: None, upper: Some(limit) },
                Comparator::Above | Comparator::AtLeast => Self { lower: Some(limit), upper: None },
            });
        }
        BETWEEN.iter().find_map(|sign| {
            let (lower, upper) = text.split_once(sign)?;
            let (lower, upper) = (plain_decimal(lower.trim())?, plain_decimal(upper.trim())?);
            (lower <= upper).then_some(Self { lower: Some(lower), upper: Some(upper) })
        })
    }

    /// Both ends changed in the same way.
    #[must_use]
    pub fn map(self, change: impl Fn(Decimal) -> Option<Decimal>) -> Self {
        Self { lower: self.lower.and_then(&change), upper: self.upper.and_then(&change) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(lower: &str, upper: &str) -> Option<ReferenceRange> {
        let end = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Some(ReferenceRange { lower: end(lower), upper: end(upper) })
    }

    #[test]
    fn ranges_read_as_laboratories_print_them() {
        for (text, expected) in [
            ("125-350", range("125", "350")),
            (" 3.5 -- 9.5 ", range("3.5", "9.5")),
            ("0.8~1.2", range("0.8", "1.2")),
            ("115–150", range("115", "150")),
            ("150000 to 350000", range("150000", "350000")),
            ("4.3  to 6.2", range("4.3", "6.2")),
            ("1to2", None),
            ("<9 mcg/dL:  Acceptable", None),
            ("^^10.000000", None),
            ("<5", range("", "5")),
            ("≥60", range("60", "")),
            ("350-125", None),
            ("negative", None),
            ("", None),
            ("125", None),
        ] {
            assert_eq!(ReferenceRange::read(text), expected, "{text:?}");
        }
    }
}
