//! Decisions are pure: `domain/` of every service, and the crates of tier 0, use no file, socket, clock, global
//! randomness, protobuf or database, and no map whose order changes from run to run.

use super::{Finding, Source, Tree};

const CHECK: &str = "purity";

const PURE_CRATES: &[&str] = &["crates/clinical/src/", "crates/hl7/src/", "crates/protocol/src/"];

/// Words of code that no pure file holds, each with what to do.
const IMPURE: &[(&str, &str)] = &[
    ("std::fs", "files are read at the edge: take the text as an argument"),
    ("std::net", "a decision opens no socket"),
    ("std::env", "settings are arguments"),
    ("std::process", "a decision starts no process"),
    ("std::thread", "a decision starts no thread"),
    ("tokio", "a decision awaits nothing"),
    ("async fn", "a decision awaits nothing"),
    ("tonic", "gRPC stops at grpc/"),
    ("prost", "protobuf stops at grpc/decode.rs and events.rs"),
    ("holdpoint_api", "protobuf stops at grpc/decode.rs and events.rs"),
    ("sea_orm", "the database stops at store/"),
    ("sqlx", "the database stops at store/"),
    ("holdpoint_journal", "the journal is written by commands"),
    ("holdpoint_bus", "events are sent by the journal's relay"),
    ("chassis::clock", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("Instant::now", "time is an argument"),
    ("Timestamp::now", "time is an argument"),
    ("Zoned::now", "time is an argument"),
    ("rand::rng", "randomness is an argument"),
    ("getrandom", "randomness is an argument"),
    ("Ids::random", "ids are arguments"),
    ("Uuid::new_v4", "ids are arguments"),
    ("HashMap", "the same input gives the same bytes: use BTreeMap"),
    ("HashSet", "the same input gives the same bytes: use BTreeSet"),
];

/// Every impure word in a pure place. Tests at the end of a file may read files.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust().filter(|source| is_pure(&source.path)).flat_map(findings).collect()
}

fn is_pure(path: &str) -> bool {
    let domain = path.starts_with("crates/") && path.contains("/src/domain/");
    let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
    (domain || PURE_CRATES.iter().any(|folder| path.starts_with(folder))) && !tests
}

fn findings(source: &Source) -> Vec<Finding> {
    let code = source.parts().code;
    let decisions = code.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
    let mut findings = Vec::new();
    for (number, line) in decisions.enumerate() {
        for (word, advice) in IMPURE.iter().filter(|(word, _)| holds(line, word)) {
            let place = format!("{}:{}", source.path, number + 1);
            findings.push(Finding::new(CHECK, place, format!("`{word}` in a pure place: {advice}")));
        }
    }
    findings
}

/// The word stands in the line by itself, not inside a longer name.
fn holds(line: &str, word: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(name) && !after.is_some_and(name)
    })
}
