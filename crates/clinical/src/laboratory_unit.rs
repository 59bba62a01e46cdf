//! Units as laboratories print them. An allow-list for each analyte, never a general converter: a unit that is not on the
//! list is refused, not guessed (a quiet unit error is the commonest serious one in laboratory data).

use std::borrow::Cow;

use rust_decimal::Decimal;

/// One unit that an analyte may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaboratoryUnit {
    /// As UCUM writes it: `10*9/L`.
    pub ucum: &'static str,
    /// Other ways it is printed, after [`plain`].
    pub also: &'static [&'static str],
    /// One of this unit is `times / by` of the analyte's first unit.
    pub times: Decimal,
    /// See `times`.
    pub by: Decimal,
}

/// Digits kept where a conversion divides: both sides of a comparison are rounded alike (CTCAE graders use as many).
const SIGNIFICANT: u32 = 15;

impl LaboratoryUnit {
    /// Whether a printed unit is this one.
    pub fn is(&self, printed: &str) -> bool {
        let plain = plain(printed);
        plain == self.ucum || self.also.contains(&plain.as_ref())
    }

    /// A number of this unit in another unit of the same analyte. Exact where no division is needed or it comes out
    /// even, else to 15 significant digits. None for a number too large to hold.
    pub fn convert(&self, value: Decimal, to: &Self) -> Option<Decimal> {
        let (times, by) = (self.times.checked_mul(to.by)?, self.by.checked_mul(to.times)?);
        if times == by {
            return Some(value);
        }
        let converted = value.checked_mul(times)?.checked_div(by)?;
        let rounded = if comes_out_even(converted) { converted } else { converted.round_sf(SIGNIFICANT)? };
        Some(rounded.normalize())
    }
}

/// A quotient that fills all digits that a decimal holds was cut off.
fn comes_out_even(quotient: Decimal) -> bool {
    const LONG: u128 = 10_u128.pow(24);
    quotient.normalize().mantissa().unsigned_abs() < LONG
}

/// A printed unit without what only differs in writing: blanks, the two Greek letters that are one micro, raised digits,
/// the sign of multiplication before a power of ten, and UCUM's annotations in braces, which carry no meaning.
pub fn plain(printed: &str) -> Cow<'_, str> {
    if printed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'%')
        && !printed.starts_with(['x', 'X'])
    {
        return Cow::Borrowed(printed);
    }
    let mut text = String::with_capacity(printed.len());
    let mut annotated = false;
    let mut raised = false;
    for letter in printed.chars() {
        match letter {
            '{' => annotated = true,
            '}' => annotated = false,
            _ if annotated || letter.is_whitespace() => {}
            '\u{b5}' | '\u{3bc}' => text.push('u'),
            '^' => text.push('*'),
            _ => match raised_digit(letter) {
                Some(digit) => {
                    if !raised {
                        text.push('*');
                    }
                    text.push(digit);
                    raised = true;
                    continue;
                }
                None => text.push(letter),
            },
        }
        raised = false;
    }
    let times = ['x', 'X', '\u{d7}', '*'];
    let power = text.strip_prefix(times).filter(|rest| rest.starts_with("10"));
    let text = power.map_or(text.clone(), str::to_owned);
    Cow::Owned(text.replacen("10**", "10*", 1))
}

fn raised_digit(letter: char) -> Option<char> {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = RAISED.iter().position(|raised| *raised == letter)?;
    char::from_digit(u32::try_from(digit).ok()?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_only_differs_in_writing_is_the_same() {
        for (printed, expected) in [
            ("10*9/L", "10*9/L"),
            ("10^9/L", "10*9/L"),
            ("x10^9/L", "10*9/L"),
            ("X 10^9/L", "10*9/L"),
            ("×10⁹/L", "10*9/L"),
            ("10⁹/L", "10*9/L"),
            ("*10^9/L", "10*9/L"),
            ("10**9/L", "10*9/L"),
            ("10^3/\u{b5}L", "10*3/uL"),
            ("10^3/\u{3bc}L", "10*3/uL"),
            ("{cells}/uL", "/uL"),
            ("K/\u{b5}L", "K/uL"),
            ("g/L", "g/L"),
            ("10⁻9", "10⁻9"),
        ] {
            assert_eq!(plain(printed), expected, "{printed:?}");
        }
    }

    proptest! {
        #[test]
        fn no_printed_unit_panics_and_plain_stays_plain(printed in "[x×*^10⁹{}/uµμLglmoK. ]{0,20}|.{0,20}") {
            let once = plain(&printed).into_owned();
            prop_assert!(!once.contains(['\u{b5}', '\u{3bc}', '^', '{', ' ']), "{}", once);
        }
    }
}
