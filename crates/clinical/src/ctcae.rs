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

const fn decimal(digits: u32, scale: u32) -> Decimal {
    Decimal::from_parts(digits, 0, 0, false, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(term: &str, value: &str, lower: &str, upper: &str, baseline: &str) -> Option<u8> {
        let number = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        let against = Against { lower: number(lower), upper: number(upper), baseline: number(baseline) };
        let scale = scale("CTCAE 5.0").unwrap();
        let term = scale.terms.iter().find(|known| known.name == term).unwrap();
        term.grade(value.parse().unwrap(), &against)
    }

    /// Every boundary, and a hair on either side of it.
    #[test]
    fn each_boundary_of_version_5() {
        for (term, lower, upper, baseline, cases) in [
            (
                "Neutrophil count decreased",
                "1.8",
                "6.3",
                "",
                &[
                    ("1.8", 0),
                    ("1.79", 1),
                    ("1.5", 1),
                    ("1.49", 2),
                    ("1.0", 2),
                    ("0.99", 3),
                    ("0.5", 3),
                    ("0.49", 4),
                ][..],
            ),
            (
                "Platelet count decreased",
                "125",
                "350",
                "",
                &[("125", 0), ("124", 1), ("75", 1), ("74", 2), ("50", 2), ("49", 3), ("25", 3), ("24", 4)],
            ),
            (
                "Anemia",
                "130",
                "175",
                "",
                &[("130", 0), ("129", 1), ("100", 1), ("99", 2), ("80", 2), ("79", 3), ("30", 3)],
            ),
            (
                "White blood cell decreased",
                "3.5",
                "9.5",
                "",
                &[
                    ("3.5", 0),
                    ("3.49", 1),
                    ("3", 1),
                    ("2.99", 2),
                    ("2", 2),
                    ("1.99", 3),
                    ("1", 3),
                    ("0.99", 4),
                ],
            ),
            (
                "Lymphocyte count decreased",
                "1.1",
                "3.2",
                "",
                &[
                    ("1.1", 0),
                    ("1.09", 1),
                    ("0.8", 1),
                    ("0.79", 2),
                    ("0.5", 2),
                    ("0.49", 3),
                    ("0.2", 3),
                    ("0.19", 4),
                ],
            ),
            (
                "Lymphocyte count increased",
                "1.1",
                "3.2",
                "",
                &[("4", 0), ("4.01", 2), ("20", 2), ("20.1", 3)],
            ),
            ("Leukocytosis", "3.5", "9.5", "", &[("100", 0), ("100.1", 3)]),
            (
                "Creatinine increased",
                "0.6",
                "1.2",
                "1",
                &[
                    ("1.2", 0),
                    ("1.21", 1),
                    ("1.5", 1),
                    ("1.51", 2),
                    ("3", 2),
                    ("3.01", 3),
                    ("7.2", 3),
                    ("7.21", 4),
                ],
            ),
        ] {
            for (value, expected) in cases {
                assert_eq!(grade(term, value, lower, upper, baseline), Some(*expected), "{term} {value}");
            }
        }
    }

    #[test]
    fn a_missing_limit_leaves_open_what_it_decides() {
        assert_eq!(grade("Platelet count decreased", "20", "", "", ""), Some(4));
        assert_eq!(grade("Platelet count decreased", "100", "", "", ""), None, "grade 1 or none");
        assert_eq!(grade("Creatinine increased", "1.3", "", "", ""), None);
        assert_eq!(
            grade("Creatinine increased", "1.3", "", "1.2", ""),
            Some(1),
            "no baseline: the other limb decides"
        );
        assert_eq!(grade("Creatinine increased", "1.3", "", "1.2", "0.5"), Some(2), "either limb suffices");
        assert!(scale("CTCAE 6.0").is_none());
    }
}
