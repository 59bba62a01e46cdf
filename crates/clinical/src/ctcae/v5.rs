//! CTCAE version 5.0 (27 November 2017) for the analytes of the dictionaries. Counts are absolute, without a rule for the
//! baseline; creatinine has a limb by the upper limit of normal and one by the baseline, either of which suffices.

use super::{Bound, Scale, Term, decimal, rule};

pub(super) static SCALE: Scale = Scale { name: "CTCAE 5.0", terms: TERMS };

/// A term by its grades: `2: Below "1.5"` is grade 2 below 1.5.
macro_rules! term {
    ($name:literal of $analyte:literal, $($grade:literal: $bound:ident $($limit:literal)?;)+) => {
        Term {
            name: $name,
            analyte: $analyte,
            rules: &[$(rule($grade, Bound::$bound $((decimal($limit)))?)),+],
        }
    };
}

#[rustfmt::skip]
const TERMS: &[Term] = &[
    // No number gives grade 4: it is a need for urgent intervention.
    term!("Anemia" of "hemoglobin",
        1: BelowNormal; 2: Below "100"; 3: Below "80";),
    term!("Neutrophil count decreased" of "neutrophils",
        1: BelowNormal; 2: Below "1.5"; 3: Below "1.0"; 4: Below "0.5";),
    term!("Platelet count decreased" of "platelets",
        1: BelowNormal; 2: Below "75"; 3: Below "50"; 4: Below "25";),
    term!("White blood cell decreased" of "white-cells",
        1: BelowNormal; 2: Below "3"; 3: Below "2"; 4: Below "1";),
    // Grades 1 and 2 are not defined; grade 4 is leukostasis, which no count shows.
    term!("Leukocytosis" of "white-cells", 3: Above "100";),
    term!("Lymphocyte count decreased" of "lymphocyte-count",
        1: BelowNormal; 2: Below "0.8"; 3: Below "0.5"; 4: Below "0.2";),
    term!("Lymphocyte count increased" of "lymphocyte-count",
        2: Above "4"; 3: Above "20";),
    term!("Creatinine increased" of "creatinine",
        1: TimesUpper "1.0"; 2: TimesUpper "1.5"; 3: TimesUpper "3"; 4: TimesUpper "6";
        2: TimesBaseline "1.5"; 3: TimesBaseline "3";),
];
