//! Every boundary of the scale, and what a missing limit leaves open.

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
