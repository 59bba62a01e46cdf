//! Versions compared: the return of three participants (2012), with the earlier text reconstructed.

use holdpoint_protocol::diff::Change;
use holdpoint_protocol::{Code, Protocol, check_amendment, diff};

use crate::shelf::{lines, read, text};

/// Takes a block away: from its header to the next.
fn without(text: &str, header: &str) -> String {
    let start = text.find(&format!("{header}\n")).unwrap();
    let end = text[start + 1..].find("\n[").map_or(text.len(), |end| start + 1 + end + 1);
    format!("{}{}", &text[..start], &text[end..])
}

fn later() -> String {
    text("nct01348451")
}

fn earlier() -> String {
    let earlier = without(&without(&without(&later(), "[amendment]"), "[cohort.E]"), "[open.numbering]");
    earlier.replace("version = \"2.0\"", "version = \"1.0\"").replace("\"D\", \"E\"]", "\"D\"]")
}

fn version(text: &str) -> Protocol {
    read(text).unwrap_or_else(|findings| panic!("{}", lines(&findings)))
}

#[test]
fn the_return_of_three_is_what_its_summary_says() {
    let (old, new) = (version(&earlier()), version(&later()));
    let changes: Vec<(String, Change)> =
        diff(&old, &new).blocks.into_iter().map(|block| (block.block, block.change)).collect();
    let expected = [
        ("version", Change::Altered),
        ("amendment", Change::Added),
        ("cohort.E", Change::Added),
        ("escalation", Change::Altered),
        ("open.numbering", Change::Added),
    ];
    assert_eq!(changes, expected.map(|(block, change)| (block.to_owned(), change)));
    assert_eq!(check_amendment(&old, &new), []);
    let order = &diff(&old, &new).blocks[3].keys;
    assert_eq!(order.len(), 1);
    assert_eq!(order[0].key, "order");
    assert_eq!(order[0].old.as_deref(), Some("[A1, A2, B, C, D]"));
    assert_eq!(order[0].new.as_deref(), Some("[A1, A2, B, C, D, E]"));
}

#[test]
fn a_summary_that_lies_is_found() {
    let old = version(&earlier());
    let said = "sections = [\"cohort.E\", \"escalation\"]";
    for (sections, says) in [
        ("sections = [\"cohort.E\"]", "differs and is not in sections: escalation"),
        ("sections = [\"cohort.E\", \"escalation\", \"stagger\"]", "does not differ: stagger"),
    ] {
        let findings = check_amendment(&old, &version(&later().replace(said, sections)));
        assert_eq!(findings.len(), 1, "{}", lines(&findings));
        assert_eq!(findings[0].code, Code::AmendmentDiffers);
        assert!(findings[0].found.contains(says), "{}", findings[0]);
        assert_eq!(findings[0].line, 16);
    }
    let silent = later().replace("gap     = \"1 week\"", "gap     = \"2 weeks\"");
    let findings = check_amendment(&old, &version(&silent));
    assert!(findings[0].found.contains("not in sections: stagger"), "{}", lines(&findings));
}

#[test]
fn an_amendment_names_what_it_replaces_and_what_it_takes_away() {
    let old = version(&earlier());
    let other = later().replace("replaces = \"1.0\"", "replaces = \"0.9\"");
    assert!(check_amendment(&old, &version(&other))[0].found.contains("replaces 0.9"));
    let removed = without(&later(), "[exclude.ventilated]").replace("[exclude.ventilated]", "");
    let findings = check_amendment(&old, &version(&removed));
    assert!(findings[0].found.contains("not in sections: exclude"), "{}", lines(&findings));
    let none = without(&later(), "[amendment]");
    assert!(check_amendment(&old, &version(&none))[0].found.contains("no amendment, and these differ"));
}

#[test]
fn confirming_an_assumption_and_a_comment_are_no_amendment() {
    let old = version(&later());
    let confirmed = later().replace("assumed = [\"next\"]\n", "# confirmed\n");
    let new = version(&confirmed);
    assert_eq!(diff(&old, &new).blocks.len(), 1);
    assert!(check_amendment(&old, &new).iter().all(|finding| !finding.found.contains("differs")));
}

#[test]
fn a_version_does_not_differ_from_itself() {
    for trial in crate::shelf::TRIALS {
        let protocol = crate::shelf::trial(trial);
        assert_eq!(diff(&protocol, &protocol), holdpoint_protocol::Diff::default());
    }
}
