//! The reference cases, read in place: each is refused for the reason it gives.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::shelf::{lines, read, reference};

#[derive(Deserialize)]
struct Cases {
    trial: String,
    case: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    why: String,
    find: String,
    put: String,
    says: String,
}

#[test]
fn every_reference_case_is_refused_for_its_reason() {
    let Some(cases) = reference("check_cases.toml") else { return };
    let cases: Cases = toml::from_str(&cases).unwrap();
    let trial = reference(&cases.trial).unwrap();
    // The reference says some things in the words of its language; these are the same in ours.
    let ours: BTreeMap<&str, &str> = [("Cannot declare", "duplicate key")].into();
    for case in &cases.case {
        assert_eq!(trial.matches(&case.find).count(), 1, "{}", case.why);
        let findings = read(&trial.replace(&case.find, &case.put)).err().unwrap_or_default();
        let says = ours.get(case.says.as_str()).copied().unwrap_or(&case.says);
        let refused = findings.iter().any(|finding| finding.to_string().contains(says));
        assert!(refused, "{}: not refused for {says:?}:{}", case.why, lines(&findings));
    }
}
