//! Whole files that are no trial: each a clear finding, never a panic.

use std::collections::BTreeMap;

use holdpoint_protocol::{Code, LARGEST_FILE, load};

use crate::shelf::{dictionaries, lines, read, text};

fn codes(text: &str) -> Vec<Code> {
    read(text).unwrap_err().iter().map(|finding| finding.code).collect()
}

#[test]
fn nothing_is_no_trial() {
    assert_eq!(codes(""), [Code::Missing; 9]);
}

#[test]
fn a_file_of_five_megabytes_is_refused_at_once() {
    let large = "# padding\n".repeat(500_000);
    assert!(large.len() > LARGEST_FILE);
    assert_eq!(codes(&large), [Code::NotReadable]);
}

#[test]
fn deep_nesting_is_refused() {
    for deep in
        ["[".repeat(100_000), format!("a = {}", "[".repeat(50_000)), format!("a = {}", "{a=".repeat(50_000))]
    {
        assert!(codes(&deep).contains(&Code::NotReadable));
    }
    let deep = format!("[{}]", vec!["a"; 5_000].join("."));
    assert!(codes(&deep).contains(&Code::NotReadable));
}

#[test]
fn a_condition_nested_too_deep_is_refused() {
    let brackets = |depth: usize| {
        let condition = format!("{}kps > 60{}", "(".repeat(depth), ")".repeat(depth));
        read(&text("pgf-msc").replace("when = \"kps > 60\"", &format!("when = \"{condition}\"")))
    };
    assert!(brackets(32).is_ok());
    let findings = brackets(50_000).unwrap_err();
    assert!(findings[0].found.contains("nested more than 32 deep"), "{}", lines(&findings));
    assert!(findings[0].found.len() < 1_000);
}

#[test]
fn several_findings_are_gathered_in_the_order_of_the_file() {
    let wrong = text("pgf-msc")
        .replace("when = \"kps > 60\"", "when = \"kps > 61\"")
        .replace("role    = \"investigational\"", "role    = \"tested\"")
        .replace("due     = \"24 hours\"", "due     = \"soon\"");
    let findings = read(&wrong).unwrap_err();
    assert_eq!(findings.len(), 3, "{}", lines(&findings));
    assert!(findings.is_sorted_by_key(|finding| finding.line));
}

#[test]
fn a_finding_names_line_and_column() {
    let findings = read(&text("pgf-msc").replace("when = \"kps > 60\"", "when = \"kps > 61\"")).unwrap_err();
    let finding = &findings[0];
    let line = text("pgf-msc").lines().position(|line| line.starts_with("when = \"kps > 60\"")).unwrap() + 1;
    assert_eq!((finding.line as usize, finding.column), (line, 8));
    assert_eq!(
        finding.to_string(),
        format!(
            "trial.toml:{line}:8: PRO-0009 [include.performance] when = 'kps > 61': kps goes in steps of 10, \
             found 61; allowed: a multiple of 10"
        )
    );
}

#[test]
fn a_wrong_dictionary_is_named() {
    let wrong = |from: &str, to: &str| {
        let mut shelf = dictionaries();
        let common = shelf["common"].replace(from, to);
        shelf.insert("common".to_owned(), common);
        load("trial.toml", &text("pgf-msc"), &shelf).unwrap_err()
    };
    let cases = [
        ("kind = \"completed\", since = \"birth\"", "kind = \"completed\"", "kind and values differ"),
        (
            "kind = \"completed\", since = \"birth\"",
            "kind = \"completed\", since = \"born\"",
            "unknown event 'born'",
        ),
        ("unset = \"possible\"", "unset = \"maybe\"", "unset is no value"),
        ("of = [\"female\", \"male\"]", "off = [\"female\", \"male\"]", "unknown key 'off'"),
        ("yields = [\"creatinine\"]", "yields = [\"creatine\"]", "unknown fact 'creatine'"),
        ("range = \"1..5\"", "range = \"5..1\"", "range"),
        ("[activity]", "[activities]", "unknown block 'activities'"),
        ("[activity]", "[activity", "PRO-0001"),
    ];
    for (from, to, says) in cases {
        let findings = wrong(from, to);
        assert!(
            findings.iter().any(|finding| finding.to_string().contains(says)),
            "{to}:{}",
            lines(&findings)
        );
    }
    let none = load("trial.toml", &text("pgf-msc"), &BTreeMap::new()).unwrap_err();
    assert!(none.iter().all(|finding| !finding.found.is_empty()));
}

#[test]
fn house_policy_is_replaced_by_name_and_otherwise_applies() {
    let pgf = read(&text("pgf-msc")).unwrap();
    let reports: Vec<&str> = pgf.reports.ids().map(|id| id.as_str()).collect();
    assert_eq!(reports, ["serious", "unexpected-fatal", "unexpected-serious"]);
    assert_eq!(pgf.reports.get("serious").unwrap().head.ref_text, "7.2");
    assert_eq!(pgf.records.keep.to_string(), "30 years");
    let als = read(&text("nct01494480")).unwrap();
    assert_eq!(als.records.keep.to_string(), "25 years");
    assert_eq!(als.adverse_events.collect.len(), 1);
    assert_eq!(als.reports.get("unexpected-fatal").unwrap().due.to_string(), "7 days");
}
