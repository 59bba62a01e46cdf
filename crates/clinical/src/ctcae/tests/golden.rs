//! The 644 graded cases of admiral's tests, read in place: their licence keeps them out of the project. Where they are absent
//! the test says so and is skipped; the boundaries of our own tests cover the same ground.

use std::path::Path;

use rust_decimal::Decimal;

use super::super::*;

/// One line of the file, whose fields carry no comma before the last two.
fn expected_and_found(line: &str) -> (Option<u8>, Option<u8>) {
    let fields: Vec<&str> = line.split(',').collect();
    let [_, direction, name, value, lower, upper, base, indicator, change, unit, expected, ..] = fields[..]
    else {
        panic!("{line}");
    };
    let number = |text: &str| (!text.is_empty()).then(|| text.parse::<Decimal>().unwrap());
    let (upper, value) = (number(upper), number(value));
    // A change in percent stands for the baseline that it is the change from.
    let fallen = number(change)
        .zip(value)
        .map(|(change, value)| value * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + change));
    let against = Against {
        lower: number(lower),
        upper,
        baseline: number(base).or(fallen),
        baseline_upper: upper.filter(|_| indicator.contains("HIGH")),
        ..Against::default()
    };
    let term = scale("CTCAE 5.0").unwrap().term(name);
    let term = term.filter(|term| term.is_low() == (direction == "L") && term.is_in(unit));
    let found = term.zip(value).and_then(|(term, value)| term.grade(value, &against));
    (expected.parse().ok(), found)
}

#[test]
fn every_graded_case_of_admiral_agrees() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ctcae/admiral_golden_ctcv5.csv");
    let Ok(text) = std::fs::read_to_string(file) else {
        eprintln!("skipped: admiral's cases are not at hand");
        return;
    };
    let cases: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(cases.len(), 644);
    let wrong: Vec<String> = cases
        .iter()
        .map(|line| (line, expected_and_found(line)))
        .filter(|(_, (expected, found))| expected != found)
        .map(|(line, (_, found))| format!("{found:?}: {line}"))
        .collect();
    assert!(wrong.is_empty(), "{} of 644 disagree:\n{}", wrong.len(), wrong.join("\n"));
}
