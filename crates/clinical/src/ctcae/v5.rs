//! CTCAE version 5.0 (27 November 2017) for what laboratories measure. Counts are absolute, without a rule for the baseline.
//! What the text grades without a number (glucose and phosphate high or low, grade 4 of anemia, leukostasis) is not here.

use super::{Bound, Rule, Scale, Term, When, decimal};

pub(super) static SCALE: Scale = Scale { name: "CTCAE 5.0", terms: TERMS };

/// A term by its grades: `2: Below "1.5"` is grade 2 below 1.5; `if Symptoms` is a rule for those who have them.
macro_rules! term {
    ($name:literal of $analyte:literal $(in $unit:literal)?, $($grade:literal: $bound:ident $($limit:literal)? $(if $when:ident)?;)+) => {
        Term {
            name: $name,
            analyte: $analyte,
            unit: term!(@unit $($unit)?),
            rules: &[$(Rule {
                grade: $grade,
                bound: Bound::$bound $((decimal($limit)))?,
                when: term!(@when $($when)?),
            }),+],
        }
    };
    (@unit) => { None };
    (@unit $unit:literal) => { Some($unit) };
    (@when) => { When::Always };
    (@when $when:ident) => { When::$when };
}

/// Enzymes of the liver and bilirubin: by the upper limit of normal, or by a baseline that was above it.
macro_rules! liver {
    ($name:literal of $analyte:literal, $normal:tt, $first:ident $times:literal, $high:tt) => {
        liver!(@ $name, $analyte, $normal, $first, $times, $high)
    };
    (@ $name:literal, $analyte:literal, [$two:literal $three:literal $four:literal], $first:ident, $times:literal, [$b2:literal $b3:literal $b4:literal]) => {
        term!($name of $analyte,
            1: TimesUpper "1" if NormalBaseline; 2: TimesUpper $two if NormalBaseline;
            3: TimesUpper $three if NormalBaseline; 4: TimesUpper $four if NormalBaseline;
            1: $first $times if HighBaseline; 2: TimesBaseline $b2 if HighBaseline;
            3: TimesBaseline $b3 if HighBaseline; 4: TimesBaseline $b4 if HighBaseline;)
    };
}

#[rustfmt::skip]
const TERMS: &[Term] = &[
    // Blood. No number gives grade 4 of anemia: it is a need for urgent intervention.
    term!("Anemia" of "hemoglobin" in "g/L",
        1: BelowNormal; 2: Below "100"; 3: Below "80";),
    term!("Hemoglobin increased" of "hemoglobin" in "g/L",
        1: TimesUpper "1"; 2: BeyondUpper "20"; 3: BeyondUpper "40";),
    term!("Neutrophil count decreased" of "neutrophils" in "e9/L",
        1: BelowNormal; 2: Below "1.5"; 3: Below "1.0"; 4: Below "0.5";),
    term!("Platelet count decreased" of "platelets" in "e9/L",
        1: BelowNormal; 2: Below "75"; 3: Below "50"; 4: Below "25";),
    term!("White blood cell decreased" of "white-cells" in "e9/L",
        1: BelowNormal; 2: Below "3"; 3: Below "2"; 4: Below "1";),
    // Grades 1 and 2 are not defined; grade 4 is leukostasis, which no count shows.
    term!("Leukocytosis" of "white-cells" in "e9/L", 3: Above "100";),
    term!("Lymphocyte count decreased" of "lymphocyte-count" in "e9/L",
        1: BelowNormal; 2: Below "0.8"; 3: Below "0.5"; 4: Below "0.2";),
    term!("Lymphocyte count increased" of "lymphocyte-count" in "e9/L",
        2: Above "4"; 3: Above "20";),
    term!("CD4 lymphocytes decreased" of "cd4-cells" in "e9/L",
        1: BelowNormal; 2: Below "0.5"; 3: Below "0.2"; 4: Below "0.05";),
    // Clotting.
    term!("Activated partial thromboplastin time prolonged" of "aptt",
        1: TimesUpper "1"; 2: TimesUpper "1.5"; 3: TimesUpper "2.5";),
    term!("INR increased" of "inr",
        1: Above "1.2"; 2: Above "1.5"; 3: Above "2.5";
        1: TimesBaseline "1" if Anticoagulated; 2: TimesBaseline "1.5" if Anticoagulated;
        3: TimesBaseline "2.5" if Anticoagulated;),
    term!("Fibrinogen decreased" of "fibrinogen" in "g/L",
        1: BelowNormal; 2: TimesLower "0.75"; 3: TimesLower "0.5"; 4: TimesLower "0.25"; 4: Below "0.5";
        2: Fallen "25"; 3: Fallen "50"; 4: Fallen "75";),
    term!("Haptoglobin decreased" of "haptoglobin", 1: BelowNormal;),
    // Liver, kidney, muscle, pancreas.
    liver!("Alanine aminotransferase increased" of "alt", ["3" "5" "20"], ReachesBaseline "1.5", ["3" "5" "20"]),
    liver!("Aspartate aminotransferase increased" of "ast", ["3" "5" "20"], ReachesBaseline "1.5", ["3" "5" "20"]),
    liver!("Alkaline phosphatase increased" of "alp", ["2.5" "5" "20"], ReachesBaseline "2", ["2.5" "5" "20"]),
    // The text includes twice the baseline; the graders in use leave it out, and so does this table.
    liver!("GGT increased" of "ggt", ["2.5" "5" "20"], TimesBaseline "2", ["2.5" "5" "20"]),
    liver!("Blood bilirubin increased" of "bilirubin", ["1.5" "3" "10"], TimesBaseline "1", ["1.5" "3" "10"]),
    // One limb by the upper limit of normal and one by the baseline, either of which suffices.
    term!("Creatinine increased" of "creatinine",
        1: TimesUpper "1"; 2: TimesUpper "1.5"; 3: TimesUpper "3"; 4: TimesUpper "6";
        2: TimesBaseline "1.5"; 3: TimesBaseline "3";),
    term!("Blood lactate dehydrogenase increased" of "ldh", 1: TimesUpper "1";),
    term!("CPK increased" of "ck",
        1: TimesUpper "1"; 2: TimesUpper "2.5"; 3: TimesUpper "5"; 4: TimesUpper "10";),
    term!("Lipase increased" of "lipase",
        1: TimesUpper "1"; 2: TimesUpper "1.5"; 3: TimesUpper "2" if Symptoms;
        3: TimesUpper "5" if Silent; 4: TimesUpper "5" if Symptoms;),
    term!("Serum amylase increased" of "amylase",
        1: TimesUpper "1"; 2: TimesUpper "1.5"; 3: TimesUpper "2" if Symptoms;
        3: TimesUpper "5" if Silent; 4: TimesUpper "5" if Symptoms;),
    term!("Hyperuricemia" of "urate",
        1: TimesUpper "1" if Silent; 3: TimesUpper "1" if Symptoms;),
    // Electrolytes, protein, sugar, fat, acid.
    term!("Hypoalbuminemia" of "albumin" in "g/L",
        1: BelowNormal; 2: Below "30"; 3: Below "20";),
    term!("Hyponatremia" of "sodium" in "mmol/L",
        1: BelowNormal; 2: AtMost "129" if Silent; 3: AtMost "129" if Symptoms; 3: AtMost "124"; 4: Below "120";),
    term!("Hypernatremia" of "sodium" in "mmol/L",
        1: TimesUpper "1"; 2: Above "150"; 3: Above "155"; 4: Above "160";),
    term!("Hypokalemia" of "potassium" in "mmol/L",
        1: BelowNormal if Silent; 2: BelowNormal if Symptoms; 3: Below "3"; 4: Below "2.5";),
    term!("Hyperkalemia" of "potassium" in "mmol/L",
        1: TimesUpper "1"; 2: Above "5.5"; 3: Above "6"; 4: Above "7";),
    // Corrected for albumin; the ionized is a term of its own.
    term!("Hypocalcemia" of "calcium" in "mmol/L",
        1: BelowNormal; 2: Below "2"; 3: Below "1.75"; 4: Below "1.5";),
    term!("Hypercalcemia" of "calcium" in "mmol/L",
        1: TimesUpper "1"; 2: Above "2.9"; 3: Above "3.1"; 4: Above "3.4";),
    term!("Hypocalcemia (Ionized)" of "ionized-calcium" in "mmol/L",
        1: BelowNormal; 2: Below "1"; 3: Below "0.9"; 4: Below "0.8";),
    term!("Hypercalcemia (Ionized)" of "ionized-calcium" in "mmol/L",
        1: TimesUpper "1"; 2: Above "1.5"; 3: Above "1.6"; 4: Above "1.8";),
    term!("Hypomagnesemia" of "magnesium" in "mmol/L",
        1: BelowNormal; 2: Below "0.5"; 3: Below "0.4"; 4: Below "0.3";),
    term!("Hypermagnesemia" of "magnesium" in "mmol/L",
        1: TimesUpper "1"; 3: Above "1.23"; 4: Above "3.3";),
    term!("Hypoglycemia" of "glucose" in "mmol/L",
        1: BelowNormal; 2: Below "3"; 3: Below "2.2"; 4: Below "1.7";),
    term!("Cholesterol high" of "cholesterol" in "mmol/L",
        1: TimesUpper "1"; 2: Above "7.75"; 3: Above "10.34"; 4: Above "12.92";),
    term!("Hypertriglyceridemia" of "triglycerides" in "mmol/L",
        1: Above "1.71"; 2: Above "3.42"; 3: Above "5.7"; 4: Above "11.4";),
    term!("Acidosis" of "blood-ph", 1: BelowNormal; 3: Below "7.3";),
    term!("Alkalosis" of "blood-ph", 1: TimesUpper "1"; 3: Above "7.5";),
];
