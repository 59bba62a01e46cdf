//! An amendment says which blocks it changes; what it says must be what differs (format 3.6).
//!
//! Not counted, because they do not change what the trial does: `version` and `[amendment]` themselves,
//! `[source]` and `open.*` (where the text comes from, what the paper left open), `format`, and the key
//! `assumed` (who has confirmed what). A block that is gone can not be named by an id that the file no
//! longer has: its kind is named instead (`exclude` for a removed `exclude.cancer`).

use std::collections::BTreeSet;

use super::{Change, diff};
use crate::finding::{Code, Finding};
use crate::load::place_of;
use crate::protocol::Protocol;

/// Checks that `new` names the version it replaces and exactly the blocks in which it differs from `old`.
/// Empty when it does, or when nothing that counts differs.
pub fn check_amendment(old: &Protocol, new: &Protocol) -> Vec<Finding> {
    let differing = differing(old, new);
    let mut findings = Vec::new();
    if old.id != new.id {
        let found = format!("{} is no version of {}", new.id, old.id);
        findings.push(finding(new, &found, "two versions of one trial"));
        return findings;
    }
    for dictionary in silent_dictionaries(old, new) {
        let found = format!("dictionary {dictionary} differs, and its version is the same");
        findings.push(finding(new, &found, "another version of a dictionary that says other things"));
    }
    let Some(amendment) = &new.amendment else {
        if !differing.is_empty() {
            let found = format!("no amendment, and these differ: {}", joined(&differing));
            findings.push(finding(new, &found, "[amendment] with its sections"));
        }
        return findings;
    };
    if amendment.replaces.as_deref() != Some(old.version.as_str()) {
        let replaces = amendment.replaces.as_deref().unwrap_or("nothing");
        let found = format!("replaces {replaces}, and is compared with {}", old.version);
        findings.push(finding(new, &found, &format!("replaces = \"{}\"", old.version)));
    }
    let named: BTreeSet<String> = amendment.sections.iter().cloned().collect();
    let unnamed: BTreeSet<String> = differing.difference(&named).cloned().collect();
    if !unnamed.is_empty() {
        let found = format!("differs and is not in sections: {}", joined(&unnamed));
        findings.push(finding(new, &found, &joined(&differing)));
    }
    let same: BTreeSet<String> = named.difference(&differing).cloned().collect();
    if !same.is_empty() {
        let found = format!("is in sections and does not differ: {}", joined(&same));
        findings.push(finding(new, &found, &joined(&differing)));
    }
    findings
}

/// The names that `sections` must list.
fn differing(old: &Protocol, new: &Protocol) -> BTreeSet<String> {
    let kind = |block: &str| block.split('.').next().unwrap_or(block).to_owned();
    let counts = |block: &str| {
        !["version", "format", "id", "amendment", "source"].contains(&block)
            && !block.starts_with("open.")
            && !block.starts_with("dictionary ")
    };
    let mut names = BTreeSet::new();
    for block in diff(old, new).blocks.into_iter().filter(|block| counts(&block.block)) {
        match block.change {
            Change::Removed => names.insert(kind(&block.block)),
            Change::Altered if block.keys.iter().all(|key| is_assumed(&key.key)) => false,
            Change::Altered | Change::Added => names.insert(block.block),
        };
    }
    names
}

fn is_assumed(key: &str) -> bool {
    key == "assumed" || key.ends_with(".assumed")
}

fn silent_dictionaries(old: &Protocol, new: &Protocol) -> Vec<String> {
    let changed: BTreeSet<String> = diff(old, new).blocks.into_iter().map(|block| block.block).collect();
    let same_version = new.uses.iter().filter(|uses| old.uses.contains(uses));
    same_version
        .filter(|uses| changed.contains(&format!("dictionary {}", uses.name)))
        .map(|uses| uses.to_string())
        .collect()
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn finding(new: &Protocol, found: &str, allowed: &str) -> Finding {
    let entry = new.document.get("amendment").or_else(|| new.document.get("version"));
    let (line, column) = place_of(&new.text, entry.map_or(0, |entry| entry.at.start));
    Finding {
        file: new.file.clone(),
        line,
        column,
        code: Code::AmendmentDiffers,
        block: "amendment".to_owned(),
        found: found.to_owned(),
        allowed: allowed.to_owned(),
    }
}
