//! Every boundary of the scale, and what a missing limit leaves open.

mod golden;

use super::*;

fn grade(term: &str, value: &str, lower: &str, upper: &str, baseline: &str) -> Option<u8> {
    let number = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
    let (lower, upper, baseline) = (number(lower), number(upper), number(baseline));
    let against = Against { lower, upper, baseline, ..Against::default() };
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
            &[("3.5", 0), ("3.49", 1), ("3", 1), ("2.99", 2), ("2", 2), ("1.99", 3), ("1", 3), ("0.99", 4)],
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
        ("Lymphocyte count increased", "1.1", "3.2", "", &[("4", 0), ("4.01", 2), ("20", 2), ("20.1", 3)]),
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

fn assess(term: &str, value: &str, against: &Against) -> Assessment {
    let scale = scale("CTCAE 5.0").unwrap();
    scale.assess(scale.term(term).unwrap(), value.parse().unwrap(), against)
}

#[test]
fn a_baseline_above_its_own_limit_is_what_counts() {
    let number = |text: &str| Some(text.parse().unwrap());
    let high = Against {
        upper: number("40"),
        baseline: number("60"),
        baseline_upper: number("55"),
        ..Against::default()
    };
    for (value, grade) in [("89", 0), ("90", 1), ("180", 1), ("181", 2), ("301", 3), ("1201", 4)] {
        assert_eq!(assess("Alanine aminotransferase increased", value, &high).worst, Some(grade), "{value}");
    }
    // The laboratory of the baseline has wider limits: it was normal there.
    let normal = Against { baseline_upper: number("65"), ..high };
    for (value, grade) in [("40", 0), ("41", 1), ("120", 1), ("121", 2), ("201", 3), ("801", 4)] {
        assert_eq!(
            assess("Alanine aminotransferase increased", value, &normal).worst,
            Some(grade),
            "{value}"
        );
    }
}

#[test]
fn what_no_laboratory_knows_makes_two_grades() {
    let lower = Some("3.5".parse().unwrap());
    for (symptoms, laboratory, worst) in [(None, 1, 2), (Some(true), 2, 2), (Some(false), 1, 1)] {
        let found = assess("Hypokalemia", "3.2", &Against { lower, symptoms, ..Against::default() });
        assert_eq!((found.laboratory, found.worst), (Some(laboratory), Some(worst)), "{symptoms:?}");
    }
    let inr = |anticoagulated, baseline: Option<&str>| {
        let baseline = baseline.map(|text| text.parse().unwrap());
        let found =
            assess("INR increased", "1.1", &Against { anticoagulated, baseline, ..Against::default() });
        (found.laboratory, found.worst)
    };
    assert_eq!(inr(None, Some("1.0")), (Some(0), Some(1)));
    assert_eq!(inr(Some(false), Some("1.0")), (Some(0), Some(0)));
    assert_eq!(inr(Some(true), None), (None, None));
}

#[test]
fn each_grade_says_why() {
    let number = |text: &str| Some(text.parse().unwrap());
    let none = Against::default();
    let limits = Against { lower: number("2"), upper: number("40"), baseline: number("60"), ..none };
    for (term, value, against, line) in [
        ("Platelet count decreased", "30", &none, "grade 3: 30 e9/L is below 50"),
        (
            "Platelet count decreased",
            "100",
            &none,
            "not gradable: the laboratory's lower limit of normal is missing",
        ),
        ("Hypernatremia", "30", &limits, "grade 0: 30 mmol/L reaches no grade"),
        (
            "Creatinine increased",
            "121",
            &limits,
            "grade 3: 121 is above 3 times the upper limit of normal 40",
        ),
        (
            "Creatinine increased",
            "30",
            &none,
            "not gradable: the laboratory's upper limit of normal is missing",
        ),
        (
            "Lipase increased",
            "90",
            &limits,
            "grade 3: 90 is above 2 times the upper limit of normal 40, with symptoms, which nobody has ruled out",
        ),
        ("INR increased", "1.1", &none, "not gradable: the value before treatment is missing"),
        (
            "Fibrinogen decreased",
            "1.9",
            &limits,
            "grade 4: 1.9 g/L is below normal 2 and 75 % or more below the baseline 60",
        ),
        (
            "Alanine aminotransferase increased",
            "90",
            &Against { baseline_upper: number("50"), ..limits },
            "grade 1: 90 is at least 1.5 times the baseline 60, the baseline being above normal",
        ),
    ] {
        assert_eq!(assess(term, value, against).because, format!("CTCAE 5.0, {term}, {line}"));
    }
}

#[test]
fn a_side_of_a_number_is_graded_as_the_least_it_can_be() {
    use Comparator::{Above, AtLeast, AtMost, Below};
    let against =
        Against { lower: Some(Decimal::from(125)), upper: Some(Decimal::from(40)), ..Against::default() };
    let graded = |term: &str, comparator, limit: &str| {
        let term = scale("CTCAE 5.0").unwrap().term(term).unwrap();
        term.grade_beyond(comparator, limit.parse().unwrap(), &against)
    };
    assert_eq!(graded("Platelet count decreased", Below, "25"), Some(4));
    assert_eq!(graded("Platelet count decreased", AtMost, "25"), Some(3), "25 itself is grade 3");
    assert_eq!(graded("Platelet count decreased", Above, "200"), Some(0));
    assert_eq!(graded("Platelet count decreased", Above, "30"), None, "it may be normal");
    assert_eq!(graded("Creatinine increased", Above, "240"), Some(4));
    assert_eq!(graded("Creatinine increased", AtLeast, "240"), Some(3));
    assert_eq!(graded("Creatinine increased", Below, "30"), Some(0));
    assert_eq!(graded("Creatinine increased", Below, "50"), None);
}

#[test]
fn numbers_are_held_against_rules_in_their_own_unit_alone() {
    let term = |name: &str| scale("CTCAE 5.0").unwrap().term(name).unwrap();
    assert!(
        term("Platelet count decreased").is_in("e9/L") && term("Platelet count decreased").is_in("10^9/L")
    );
    assert!(!term("Platelet count decreased").is_in("/uL") && !term("Platelet count decreased").is_in(""));
    assert!(term("Creatinine increased").is_in("mg/dL") && term("Creatinine increased").is_in("umol/L"));
    assert!(!term("Hypoalbuminemia").is_in("g/dL"));
}
