//! Reads a trial file with its dictionaries, and gathers all that is wrong with it.
//! What is returned has been checked whole; what is refused says where, what was found and what is allowed.

mod adverse_events;
mod assemble;
mod block;
mod context;
mod dictionary;
mod eligibility;
mod event;
mod fact;
mod findings;
mod governance;
mod groups;
mod head;
mod house;
mod inject;
mod ladder;
mod outcome;
mod rule;
mod sample_size;
mod schedule;
mod study;
mod treatment;
mod values;

use std::collections::BTreeMap;

use self::dictionary::Dictionaries;
use self::findings::{Findings, quote};
use crate::dictionary::DictionaryRef;
use crate::document::{Table, Value};
use crate::finding::{Code, Finding, nearest};
use crate::protocol::Protocol;

pub use context::Tally;
pub(crate) use findings::place_of;
pub(crate) use head::value_of;

/// The largest file that is read, in bytes; the longest trial on paper is a twentieth of it.
pub const LARGEST_FILE: usize = 1 << 20;

const BLOCKS: &[&str] = &[
    "format",
    "id",
    "version",
    "title",
    "uses",
    "source",
    "study",
    "include",
    "exclude",
    "arm",
    "allocation",
    "sample-size",
    "product",
    "regimen",
    "cohort",
    "escalation",
    "stagger",
    "event",
    "windows",
    "phase",
    "response",
    "endpoint",
    "adverse-events",
    "rule",
    "report",
    "records",
    "changes",
    "ethics",
    "analysis",
    "amendment",
    "open",
];
const NEEDED: [&str; 9] =
    ["format", "id", "version", "title", "uses", "source", "study", "arm", "allocation"];

/// Reads the trial file `text`, named `file` in findings, with the texts of the dictionaries by name
/// (`common`, `hsct`, ...); those that the trial does not use are not looked at.
///
/// # Errors
/// All findings, in the order of the file: nothing is read in part.
pub fn load(
    file: &str,
    text: &str,
    dictionaries: &BTreeMap<String, String>,
) -> Result<Protocol, Vec<Finding>> {
    let findings = Findings::new(file, text);
    match read(&findings, text, dictionaries) {
        Ok(Some(protocol)) if findings.is_empty() => {
            Ok(Protocol { file: file.to_owned(), text: text.into(), ..protocol })
        }
        Ok(_) => {
            if findings.is_empty() {
                findings.add(0, Code::NotReadable, "", "the file could not be read", "a trial file");
            }
            Err(findings.into_list())
        }
        Err(mut of_dictionaries) => {
            let mut list = findings.into_list();
            list.append(&mut of_dictionaries);
            Err(list)
        }
    }
}

fn read(
    findings: &Findings<'_>,
    text: &str,
    sources: &BTreeMap<String, String>,
) -> Result<Option<Protocol>, Vec<Finding>> {
    let Some(root) = table(findings, text) else { return Ok(None) };
    if !has_what_is_needed(findings, &root) {
        return Ok(None);
    }
    let mut dictionaries = Dictionaries::default();
    let mut of_dictionaries = Vec::new();
    for (uses, at) in uses(findings, &root) {
        match sources.get(&uses.name) {
            None => {
                let near = nearest(&uses.name, sources.keys().map(String::as_str));
                let found = format!("no dictionary '{}'", quote(&uses.name));
                findings.add(at, Code::BadDictionary, "uses", &found, &near);
            }
            Some(text) if text.len() > LARGEST_FILE => {
                findings.add(at, Code::BadDictionary, "uses", "the dictionary is too large", "at most 1 MiB");
            }
            Some(text) => {
                if let Err(mut list) = dictionaries.add(uses.clone(), text) {
                    of_dictionaries.append(&mut list);
                }
                check_version(findings, &dictionaries, &uses, at);
            }
        }
    }
    if !of_dictionaries.is_empty() {
        return Err(of_dictionaries);
    }
    let trial_events: Vec<&str> = root.table("event").map(keys).unwrap_or_default();
    dictionaries.close(&trial_events, findings);
    Ok(assemble::assemble(findings, root, dictionaries))
}

fn keys(table: &Table) -> Vec<&str> {
    table.entries.iter().map(|entry| entry.key.as_str()).collect()
}

fn table(findings: &Findings<'_>, text: &str) -> Option<Table> {
    if text.len() > LARGEST_FILE {
        let found = format!("the file has {} bytes", text.len());
        findings.add(0, Code::NotReadable, "", &found, &format!("at most {LARGEST_FILE} bytes"));
        return None;
    }
    match crate::document::parse(text) {
        Ok(table) => Some(table),
        Err(errors) => {
            for error in errors {
                findings.add(error.at, Code::NotReadable, "", &quote(&error.what), "TOML");
            }
            None
        }
    }
}

fn has_what_is_needed(findings: &Findings<'_>, root: &Table) -> bool {
    for entry in root.entries.iter().filter(|entry| !BLOCKS.contains(&entry.key.as_str())) {
        let found = format!("unknown block '{}'", quote(&entry.key));
        findings.add(
            entry.at.start,
            Code::UnknownBlock,
            "",
            &found,
            &nearest(&entry.key, BLOCKS.iter().copied()),
        );
    }
    let mut complete = true;
    for key in NEEDED.into_iter().filter(|key| root.get(key).is_none()) {
        findings.add(0, Code::Missing, "", &format!("{key} is missing"), &NEEDED.join(", "));
        complete = false;
    }
    if let Some(entry) = root.get("format")
        && entry.node.value != Value::Integer("1".to_owned())
    {
        let found = format!("format {} is not known", quote(&written(&entry.node.value).join(", ")));
        findings.add(entry.node.at.start, Code::UnknownFormat, "", &found, "format = 1");
        complete = false;
    }
    complete
}

fn uses(findings: &Findings<'_>, root: &Table) -> Vec<(DictionaryRef, usize)> {
    let Some(entry) = root.get("uses") else { return Vec::new() };
    let Value::List(items) = &entry.node.value else {
        let found = format!("uses is {}", entry.node.value.kind());
        findings.add(entry.node.at.start, Code::WrongShape, "uses", &found, "[\"common@1\", ...]");
        return Vec::new();
    };
    let mut uses: Vec<(DictionaryRef, usize)> = Vec::new();
    for item in items {
        let text = written(&item.value).join(", ");
        match text.parse::<DictionaryRef>() {
            Ok(name) if uses.iter().any(|(known, _)| known.name == name.name) => {
                let found = format!("'{}' is used twice", quote(&text));
                findings.add(item.at.start, Code::BadDictionary, "uses", &found, "each dictionary once");
            }
            Ok(name) => uses.push((name, item.at.start)),
            Err(error) => {
                let found = format!("'{}' is no dictionary", quote(&text));
                findings.add(item.at.start, Code::BadDictionary, "uses", &found, error.allowed);
            }
        }
    }
    uses
}

fn check_version(findings: &Findings<'_>, dictionaries: &Dictionaries, uses: &DictionaryRef, at: usize) {
    let Some((_, table)) = dictionaries.tables.last() else { return };
    let version = table.value("version").map(|value| written(value).join(", ")).unwrap_or_default();
    if version != uses.version {
        let found = format!("{} is version {}, not {}", uses.name, quote(&version), quote(&uses.version));
        findings.add(at, Code::BadDictionary, "uses", &found, &format!("{}@{}", uses.name, quote(&version)));
    }
}

/// The texts of a value as written; a list gives several, a table none.
pub(crate) fn written(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) | Value::Integer(text) | Value::Float(text) | Value::Date(text) => {
            vec![text.clone()]
        }
        Value::Truth(truth) => vec![truth.to_string()],
        Value::List(items) => items.iter().flat_map(|item| written(&item.value)).collect(),
        Value::Table(table) => table
            .entries
            .iter()
            .map(|e| format!("{} = {}", e.key, written(&e.node.value).join(", ")))
            .collect(),
    }
}
