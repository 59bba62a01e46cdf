//! Grades of laboratory findings by the Common Terminology Criteria for Adverse Events. A scale is a table; its version
//! stands beside every grade that it gave. The text of CTCAE is NCI's, in the public domain.

mod explain;
mod v5;

use rust_decimal::Decimal;

use crate::printed::Comparator;

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
    /// The unit of the numbers in its rules; none where limits of normal and baseline alone decide.
    pub unit: Option<&'static str>,
    rules: &'static [Rule],
}

/// From where on a value has a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    grade: u8,
    bound: Bound,
    when: When,
}

/// Values in the unit of the term; limits of normal and baseline in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Below(Decimal),
    AtMost(Decimal),
    BelowNormal,
    /// Less than so many times the lower limit of normal.
    TimesLower(Decimal),
    /// Below normal, and by so many percent of the baseline less than it.
    Fallen(Decimal),
    Above(Decimal),
    /// More than so many times the upper limit of normal.
    TimesUpper(Decimal),
    /// By so much more than the upper limit of normal.
    BeyondUpper(Decimal),
    /// More than so many times the baseline.
    TimesBaseline(Decimal),
    /// So many times the baseline, or more.
    ReachesBaseline(Decimal),
}

/// When a rule is asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// The baseline was not above its own upper limit of normal, or there is none.
    NormalBaseline,
    /// The baseline was above its own upper limit of normal.
    HighBaseline,
    /// The patient has no symptoms of it.
    Silent,
    /// The patient has symptoms, or it needs to be acted on.
    Symptoms,
    /// The patient is on anticoagulation.
    Anticoagulated,
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
    /// The upper limit of normal of the laboratory that sent the baseline.
    pub baseline_upper: Option<Decimal>,
    /// Whether the patient has symptoms of the finding, where somebody said so.
    pub symptoms: Option<bool>,
    /// Whether the patient is on anticoagulation, where somebody said so.
    pub anticoagulated: Option<bool>,
}

/// What a value is graded as. What no laboratory knows (symptoms, anticoagulation) makes two grades of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// As the laboratory alone would have it: what nobody said is not so.
    pub laboratory: Option<u8>,
    /// The worst it can be: what nobody said is so.
    pub worst: Option<u8>,
    /// Why the worst is what it is, in a line for whoever reads the grade.
    pub because: String,
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

    /// The term of this name, in whatever letters.
    pub fn term(&self, name: &str) -> Option<&'static Term> {
        self.terms.iter().find(|term| term.name.eq_ignore_ascii_case(name))
    }

    /// Why a value has its grades, with the scale and its version.
    pub fn assess(&self, term: &Term, value: Decimal, against: &Against) -> Assessment {
        let (worst, rule) = term.judge(value, against, true);
        let because = explain::line(self, term, value, against, worst, rule);
        Assessment { laboratory: term.judge(value, against, false).0, worst, because }
    }
}

impl Term {
    /// The grade of a value: 0 is measured and not abnormal; none where a limit is missing that decides it. The worst
    /// grade wins, with symptoms unless somebody said that there are none; a grade that is reached needs no limit of a
    /// lower one.
    pub fn grade(&self, value: Decimal, against: &Against) -> Option<u8> {
        self.judge(value, against, true).0
    }

    /// The least grade of a value of which only a side is known: `<0.1` is graded as what lies just below. None where
    /// the value may as well be normal.
    pub fn grade_beyond(&self, comparator: Comparator, limit: Decimal, against: &Against) -> Option<u8> {
        // Finer than any laboratory prints.
        let hair = Decimal::new(1, 12);
        let nearest = match comparator {
            Comparator::Below => limit.checked_sub(hair)?,
            Comparator::Above => limit.checked_add(hair)?,
            Comparator::AtMost | Comparator::AtLeast => limit,
        };
        let falls = matches!(comparator, Comparator::Below | Comparator::AtMost);
        let grade = self.grade(nearest, against)?;
        (self.is_low() == falls || grade == 0).then_some(grade)
    }

    /// Whether a number in this unit may be held against the rules.
    pub fn is_in(&self, unit: &str) -> bool {
        let plain = crate::laboratory_unit::plain(unit);
        self.unit.is_none_or(|own| own.eq_ignore_ascii_case(&plain) || crate::analyte::both_count(own, unit))
    }

    fn is_low(&self) -> bool {
        self.rules.iter().all(|rule| rule.bound.is_low())
    }

    /// The grade, and the rule that gave it. `assumed` is what nobody said of the patient.
    fn judge(&self, value: Decimal, against: &Against, assumed: bool) -> (Option<u8>, Option<&'static Rule>) {
        let mut open = false;
        let mut reached: Option<&Rule> = None;
        for rule in self.rules.iter().filter(|rule| rule.when.is_so(against, assumed)) {
            match rule.bound.holds(value, against) {
                Some(true) if reached.is_none_or(|worse| worse.grade < rule.grade) => reached = Some(rule),
                Some(_) => {}
                None => open |= rule.decides(against),
            }
        }
        let grade = reached.map_or(0, |rule| rule.grade);
        ((grade > 0 || !open).then_some(grade), reached)
    }
}

impl Rule {
    /// Whether a missing limit leaves the grade open. A missing baseline leaves the other limb to decide, unless the
    /// patient is one for whom the baseline is the rule.
    fn decides(&self, against: &Against) -> bool {
        let by_baseline = match self.bound {
            Bound::TimesBaseline(_) | Bound::ReachesBaseline(_) => true,
            Bound::Fallen(_) => against.baseline.is_none(),
            _ => false,
        };
        !by_baseline || self.when != When::Always
    }
}

impl When {
    fn is_so(self, against: &Against, assumed: bool) -> bool {
        let high = against.baseline.zip(against.baseline_upper).is_some_and(|(value, upper)| value > upper);
        match self {
            Self::Always => true,
            Self::NormalBaseline => !high,
            Self::HighBaseline => high,
            Self::Silent => !against.symptoms.unwrap_or(assumed),
            Self::Symptoms => against.symptoms.unwrap_or(assumed),
            Self::Anticoagulated => against.anticoagulated.unwrap_or(assumed),
        }
    }
}

impl Bound {
    fn holds(self, value: Decimal, against: &Against) -> Option<bool> {
        Some(match self {
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
            Self::BelowNormal => value < against.lower?,
            Self::TimesLower(times) => value < against.lower?.checked_mul(times)?,
            Self::Fallen(percent) => {
                let left = Decimal::ONE_HUNDRED.checked_sub(percent)?;
                let (hundredfold, least) =
                    (value.checked_mul(Decimal::ONE_HUNDRED)?, against.baseline?.checked_mul(left)?);
                value < against.lower? && hundredfold <= least
            }
            Self::Above(limit) => value > limit,
            Self::TimesUpper(times) => value > against.upper?.checked_mul(times)?,
            Self::BeyondUpper(more) => value > against.upper?.checked_add(more)?,
            Self::TimesBaseline(times) => value > against.baseline?.checked_mul(times)?,
            Self::ReachesBaseline(times) => value >= against.baseline?.checked_mul(times)?,
        })
    }

    fn is_low(self) -> bool {
        matches!(
            self,
            Self::Below(_) | Self::AtMost(_) | Self::BelowNormal | Self::TimesLower(_) | Self::Fallen(_)
        )
    }
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
