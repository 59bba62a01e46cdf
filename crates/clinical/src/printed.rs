//! What a laboratory printed in place of a value: a plain decimal number, a number behind a comparator, or words. Only
//! the first is a number for a rule; nothing is guessed (a decimal comma, an exponent, a blank inside are words).

use rust_decimal::Decimal;

/// A printed value, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printed {
    /// A plain decimal number: `12`, `0.50`, `-1.5`.
    Number(Decimal),
    /// Only that it lies on one side of a number: `<0.1`, `>= 1000`.
    Beyond(Comparator, Decimal),
    /// Anything else: `clotted`, `*****`, `12,5`.
    Words,
    /// Nothing was printed.
    Nothing,
}

/// On which side of the printed number the true value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// `<`
    Below,
    /// `<=`, `≤`
    AtMost,
    /// `>`
    Above,
    /// `>=`, `≥`
    AtLeast,
}

/// More digits than any analyzer prints; a longer one is no value.
const LONGEST: usize = 20;

const SIGNS: [(&str, Comparator); 6] = [
    ("<=", Comparator::AtMost),
    (">=", Comparator::AtLeast),
    ("\u{2264}", Comparator::AtMost),
    ("\u{2265}", Comparator::AtLeast),
    ("<", Comparator::Below),
    (">", Comparator::Above),
];

impl Printed {
    /// Reads what was printed. Blanks around it do not count.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Some(number) = plain_decimal(text) {
            return Self::Number(number);
        }
        let beyond = SIGNS.iter().find_map(|(sign, comparator)| {
            let number = plain_decimal(text.strip_prefix(sign)?.trim_start())?;
            Some(Self::Beyond(*comparator, number))
        });
        beyond.unwrap_or(Self::Words)
    }

    /// The number, where it is one for a rule.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Beyond(..) | Self::Words | Self::Nothing => None,
        }
    }
}

/// Digits with at most one point, digits on both sides of it, and a minus at most in front.
pub(crate) fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text.len() <= LONGEST && all_digits(whole) && all_digits(fraction);
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        for text in ["12", "0.50", "-1.5", " 7 ", "0"] {
            assert_eq!(Printed::read(text), Printed::Number(text.trim().parse().unwrap()), "{text:?}");
        }
        for text in
            ["12,5", "1e6", "NaN", "clotted", "*****", "1 200", ".5", "5.", "+3", "0x10", "１２", "1.2.3"]
        {
            assert_eq!(Printed::read(text), Printed::Words, "{text:?}");
        }
        assert_eq!(
            Printed::read("123456789012345678901"),
            Printed::Words,
            "no analyzer prints so many digits"
        );
        assert_eq!(Printed::read("  "), Printed::Nothing);
    }

    #[test]
    fn a_comparator_is_never_a_number() {
        let tenth: Decimal = "0.1".parse().unwrap();
        for (text, comparator) in [
            ("<0.1", Comparator::Below),
            ("< 0.1", Comparator::Below),
            ("≤0.1", Comparator::AtMost),
            ("<=0.1", Comparator::AtMost),
            (">0.1", Comparator::Above),
            (">= 0.1", Comparator::AtLeast),
            ("≥0.1", Comparator::AtLeast),
        ] {
            let read = Printed::read(text);
            assert_eq!(read, Printed::Beyond(comparator, tenth), "{text:?}");
            assert_eq!(read.number(), None);
        }
        assert_eq!(Printed::read("<LoQ"), Printed::Words);
    }

    proptest! {
        #[test]
        fn a_number_reads_back_as_it_was_printed(mantissa in -10_i64.pow(12)..10_i64.pow(12), scale in 0_u32..6) {
            let number = Decimal::new(mantissa, scale);
            prop_assert_eq!(Printed::read(&number.to_string()).number(), Some(number));
        }

        #[test]
        fn no_text_at_all_panics(text in ".{0,40}") {
            let _ = Printed::read(&text);
        }
    }
}
