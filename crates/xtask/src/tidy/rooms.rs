//! One shape for every service: the same files and folders in each room, so that who knows one knows all.

use std::collections::BTreeSet;

use super::{Finding, Tree};

const CHECK: &str = "rooms";

const SERVICES: &[&str] = &["enrollment", "dosing", "labs", "safety", "followup"];

/// What stands in every room. A file that grew may be a folder of the same name.
const FURNITURE: &[&str] = &[
    "lib.rs",
    "config.rs",
    "events.rs",
    "error.rs",
    "domain/mod.rs",
    "commands/mod.rs",
    "queries/mod.rs",
    "reactions/mod.rs",
    "reconcilers/mod.rs",
    "grpc/mod.rs",
    "grpc/decode.rs",
    "grpc/encode.rs",
    "store/mod.rs",
];

/// What else may stand at the top of any room: the parts that `build` puts together, and the ways out of the room.
const SHARED: &[&str] = &["ctx.rs", "service.rs", "gate.rs", "protocols.rs", "calls.rs", "peers.rs"];

/// What one room alone has: the service, the piece, and why no folder that all rooms have takes it.
const OWN: &[(&str, &str, &str)] = &[
    ("enrollment", "calendar", "the site's calendar day, for commands, questions and charts alike"),
    ("enrollment", "call", "how every command begins and ends"),
    ("enrollment", "chart", "what is known of a subject, for eligibility and confirmation"),
    ("enrollment", "eligibility", "the file's criteria asked, for commands and questions alike"),
    ("enrollment", "trial_file", "what enrollment asks of a trial file"),
    ("safety", "instance", "what only the running instance knows"),
    ("safety", "rules", "the file's rules and reports asked about one subject and one thing that happened"),
    ("safety", "turns", "how the reports of one trial wait for each other before they reach the database"),
    ("safety", "vigil", "what it does when journals disagree"),
];

/// Every missing or foreign piece of furniture.
pub fn check(tree: &Tree) -> Vec<Finding> {
    SERVICES
        .iter()
        .filter(|service| tree.has(&format!("crates/{service}/Cargo.toml")))
        .flat_map(|service| room(tree, service))
        .collect()
}

fn room(tree: &Tree, service: &str) -> Vec<Finding> {
    let src = format!("crates/{service}/src");
    let mut findings = Vec::new();
    for piece in FURNITURE {
        let (file, folder) = (format!("{src}/{piece}"), format!("{src}/{}", piece.trim_end_matches(".rs")));
        if !tree.has(&file) && !tree.has(&folder) {
            findings.push(Finding::new(CHECK, &file, "is missing; every service has it"));
        }
    }
    if !tree.has(&format!("crates/{service}/tests/it")) {
        findings.push(Finding::new(
            CHECK,
            format!("crates/{service}/tests/it"),
            "is missing; every service has it",
        ));
    }
    let own = OWN.iter().filter(|(of, ..)| *of == service).map(|(_, piece, _)| piece);
    let known: BTreeSet<&str> = FURNITURE.iter().chain(SHARED).chain(own).map(|piece| top(piece)).collect();
    let prefix = format!("{src}/");
    let found: BTreeSet<&str> =
        tree.rust().filter_map(|source| source.path.strip_prefix(&prefix)).map(top).collect();
    for foreign in found.difference(&known) {
        let what = "stands in no other room; put it into one of the folders that all rooms have";
        findings.push(Finding::new(CHECK, format!("{src}/{foreign}"), what));
    }
    findings
}

/// First name of a path, without `.rs`.
fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}
