//! A version as a list of blocks, each a list of keys with their texts: the form in which versions compare.

use crate::assumed::text_of;
use crate::document::{Table, Value};
use crate::protocol::Protocol;

/// The blocks that stand under an id.
const WITH_IDS: [&str; 13] = [
    "include", "exclude", "arm", "product", "regimen", "cohort", "event", "phase", "response", "endpoint",
    "rule", "report", "open",
];

/// A block with its keys in the order of the file.
pub(super) struct FlatBlock {
    pub(super) name: String,
    texts: Vec<(String, String)>,
}

impl FlatBlock {
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(key, _)| key.as_str())
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str())
    }
}

/// All blocks of a version, its dictionaries last.
pub(super) fn blocks(protocol: &Protocol) -> Vec<FlatBlock> {
    let mut found = Vec::new();
    for entry in &protocol.document.entries {
        match &entry.node.value {
            Value::Table(table) if WITH_IDS.contains(&entry.key.as_str()) => {
                for inner in &table.entries {
                    found.push(block(format!("{}.{}", entry.key, inner.key), &inner.node.value, &[]));
                }
            }
            Value::Table(table) if entry.key == "adverse-events" => {
                found.push(block(entry.key.clone(), &entry.node.value, &["collect", "laboratory"]));
                adverse_event_blocks(table, &mut found);
            }
            value => found.push(block(entry.key.clone(), value, &[])),
        }
    }
    for (name, table) in &protocol.dictionaries {
        found.push(block(format!("dictionary {name}"), &Value::Table(table.clone()), &[]));
    }
    found
}

fn adverse_event_blocks(table: &Table, found: &mut Vec<FlatBlock>) {
    for inner in table.table("collect").map(|collect| collect.entries.as_slice()).unwrap_or_default() {
        found.push(block(format!("adverse-events.collect.{}", inner.key), &inner.node.value, &[]));
    }
    if let Some(laboratory) = table.value("laboratory") {
        found.push(block("adverse-events.laboratory".to_owned(), laboratory, &[]));
    }
}

fn block(name: String, value: &Value, apart: &[&str]) -> FlatBlock {
    let mut texts = Vec::new();
    match value {
        Value::Table(table) => {
            for entry in table.entries.iter().filter(|entry| !apart.contains(&entry.key.as_str())) {
                flatten(&entry.key, &entry.node.value, &mut texts);
            }
        }
        scalar => flatten(&name, scalar, &mut texts),
    }
    FlatBlock { name, texts }
}

fn flatten(key: &str, value: &Value, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Table(table) => {
            for entry in &table.entries {
                flatten(&format!("{key}.{}", entry.key), &entry.node.value, texts);
            }
        }
        Value::List(items) if items.iter().any(|item| matches!(item.value, Value::Table(_))) => {
            for (number, item) in items.iter().enumerate() {
                flatten(&format!("{key}[{}]", number + 1), &item.value, texts);
            }
        }
        scalar => texts.push((key.to_owned(), text_of(scalar))),
    }
}
