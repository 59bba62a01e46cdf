//! Grades of laboratory findings by the Common Terminology Criteria for Adverse Events. A scale is a table; its version
//! stands beside every grade that it gave. The text of CTCAE is NCI's, in the public domain.

mod v5;

use rust_decimal::Decimal;

/// One version of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// As trial files name it: `CTCAE 5.0`.
    pub name: &'static str,
    terms: &'static [Term],
}

/// What an analyte may be graded as: high and low are terms of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// CTCAE's term: `Creatinine increased`.
    pub name: &'static str,
    /// The analyte, by its name in the dictionaries.
    pub analyte: &'static str,
    rules: &'static [Rule],
}

/// From where on a value has a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    grade: u8,
    bound: Bound,
}

/// Values in the unit of the dictionaries; limits of normal and baseline in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Below(Decimal),
    BelowNormal,
    Above(Decimal),
    /// So many times the upper limit of normal.
    TimesUpper(Decimal),
    /// So many times the baseline.
    TimesBaseline(Decimal),
}

/// What a value is graded against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Against {
    /// Lower limit of normal of the laboratory that sent the value.
    pub lower: Option<Decimal>,
    /// Upper limit of normal, likewise.
    pub upper: Option<Decimal>,
    /// The value before treatment.
    pub baseline: Option<Decimal>,
}

/// The scale of this name, where there is a table of it.
pub fn scale(name: &str) -> Option<&'static Scale> {
    [&v5::SCALE].into_iter().find(|scale| scale.name == name)
}

impl Scale {
    /// The terms that an analyte can be graded as.
    pub fn terms_of(&self, analyte: &str) -> impl Iterator<Item = &'static Term> {
        let analyte = analyte.to_owned();
        self.terms.iter().filter(move |term| term.analyte == analyte)
    }
}

impl Term {
    /// The grade of a value: 0 is measured and not abnormal; none where a limit is missing that decides it. The worst
    /// grade wins; a grade that is reached needs no limit of a lower one.
    pub fn grade(&self, value: Decimal, against: &Against) -> Option<u8> {
        let mut open = false;
        let mut reached = 0;
        for rule in self.rules {
            match rule.bound.holds(value, against) {
                Some(true) => reached = reached.max(rule.grade),
                Some(false) => {}
                // A missing baseline leaves the other limb to decide.
                None => open |= !matches!(rule.bound, Bound::TimesBaseline(_)),
            }
        }
        (reached > 0 || !open).then_some(reached)
    }
}

impl Bound {
    fn holds(self, value: Decimal, against: &Against) -> Option<bool> {
        Some(match self {
            Self::Below(limit) => value < limit,
            Self::BelowNormal => value < against.lower?,
            Self::Above(limit) => value > limit,
            Self::TimesUpper(times) => value > against.upper?.checked_mul(times)?,
            Self::TimesBaseline(times) => value > against.baseline?.checked_mul(times)?,
        })
    }
}

const fn rule(grade: u8, bound: Bound) -> Rule {
    Rule { grade, bound }
}

/// Digits with at most one point, read when the program is made: any other sign stops that.
const fn decimal(text: &str) -> Decimal {
    let bytes = text.as_bytes();
    let (mut digits, mut scale, mut at) = (0, 0, 0);
    let mut fraction = false;
    while at < bytes.len() {
        if bytes[at] == b'.' && !fraction {
            fraction = true;
        } else {
            assert!(bytes[at].is_ascii_digit());
            digits = digits * 10 + (bytes[at] - b'0') as u32;
            scale += fraction as u32;
        }
        at += 1;
    }
    Decimal::from_parts(digits, 0, 0, false, scale)
}

#[cfg(test)]
mod tests;
