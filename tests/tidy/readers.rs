//! Who reads which event. A follower passes over a known event that its service does not read, critical or not: so what each
//! service reads is written down in a golden file, and a reader that is lost, or won, shows there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use holdpoint_system_tests::house::{SERVICES, repository};

/// The table, beside the other shapes that are never lost by accident.
const GOLDEN: &str = "tests/golden/readers.txt";
/// What rooms hear by the copies, where they ask them: the words that ask, and where the types stand.
const COPIES: [(&str, &str); 2] = [
    ("holdpoint_copies::hear(", "crates/copies/src/lib.rs"),
    (" holds::hear(", "crates/copies/src/holds.rs"),
];

#[test]
fn every_event_has_the_readers_that_are_written_down() {
    let found = table();
    let golden = fs::read_to_string(repository().join(GOLDEN)).unwrap_or_default();
    assert!(
        found == golden,
        "who reads which event is not what {GOLDEN} says; where a reader was meant to come or go, write there:\n{found}"
    );
}

#[test]
fn nobody_reads_a_type_that_nobody_publishes() {
    for (service, kinds) in read() {
        for kind in kinds {
            let published = SERVICES.iter().any(|from| holdpoint_api::is_event_of(from, &kind));
            let own = kind.starts_with("holdpoint.journal.v1.");
            assert!(published || own, "{service} reads {kind}, which no contract knows");
        }
    }
}

/// A line an event, and whether it is critical: its readers, or "nobody" where only people and exports see it.
fn table() -> String {
    let (read, critical) = (read(), critical());
    let mut table = String::new();
    for event in BTreeSet::from_iter(holdpoint_api::EVENTS) {
        let readers: Vec<&str> =
            read.iter().filter(|(_, kinds)| kinds.contains(*event)).map(|(service, _)| *service).collect();
        let readers = if readers.is_empty() { "nobody".to_owned() } else { readers.join(" ") };
        let mark = if critical.contains(*event) { " (critical)" } else { "" };
        writeln!(table, "{event}{mark}: {readers}").expect("text grows");
    }
    table
}

/// The types whose makers mark them critical: one function a type, which names it whole or by its last word.
fn critical() -> BTreeSet<String> {
    let of = |service: &&str| {
        let text = source(&repository().join(format!("crates/{service}/src/events.rs")));
        let makers = text.split("\n}\n").filter(|maker| maker.contains("critical("));
        let words = makers.flat_map(|maker| maker.split(|c: char| !c.is_alphanumeric() && c != '.'));
        let kinds = words.map(|word| match word.starts_with("holdpoint.") {
            true => word.to_owned(),
            false => format!("holdpoint.{service}.v1.{word}"),
        });
        kinds.filter(|kind| holdpoint_api::is_event_of(service, kind)).collect::<Vec<_>>()
    };
    SERVICES.iter().flat_map(of).collect()
}

/// The types that each service's reactions name.
fn read() -> BTreeMap<&'static str, BTreeSet<String>> {
    let of = |service: &'static str| {
        let folder = repository().join(format!("crates/{service}/src/reactions"));
        let entries = fs::read_dir(&folder).expect("a room has reactions");
        let text: String = entries.map(|entry| source(&entry.expect("an entry").path())).collect();
        let heard = COPIES.iter().filter(|(asks, _)| text.contains(asks));
        let copied: String = heard.map(|(_, file)| source(&repository().join(file))).collect();
        (service, kinds(&text).chain(kinds(&copied)).map(ToOwned::to_owned).collect())
    };
    SERVICES.iter().copied().map(of).collect()
}

/// A file without its tests.
fn source(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// What stands in quotes and is the name of an event; what a room says to itself is none.
fn kinds(text: &str) -> impl Iterator<Item = &str> {
    let named =
        |word: &&str| word.starts_with("holdpoint.") && word.contains(".v1.") && !word.contains(".audit.");
    text.split('"').filter(named)
}
