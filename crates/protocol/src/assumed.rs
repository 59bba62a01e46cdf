//! What a file had to choose because the paper is silent: each item waits for a person's confirmation.
//! A trial goes live only when none is left.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::{Table, Value};
use crate::load::{value_of, written};
use crate::protocol::Protocol;

/// One item to confirm: a whole block, or one key of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AssumedItem {
    /// The block, by its full name; lines of a list carry their number: `regimen.tpo-ra.titrate[1]`.
    pub block: String,
    /// The key, dotted where it lies deeper; none for the whole block.
    pub key: Option<String>,
    /// What the file says there, as text.
    pub value: String,
}

impl fmt::Display for AssumedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: {key} = {}", self.block, self.value),
            None => write!(f, "{}: {}", self.block, self.value),
        }
    }
}

impl Protocol {
    /// Everything that is assumed, in the order of the file. Activation is refused while one of these is
    /// not confirmed by the principal investigator (format 3.2).
    pub fn assumed(&self) -> Vec<AssumedItem> {
        let mut found = Vec::new();
        walk(&self.document, "", &mut found);
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, item)| item).collect()
    }
}

fn walk(table: &Table, name: &str, found: &mut Vec<(usize, AssumedItem)>) {
    for entry in &table.entries {
        let inner = if name.is_empty() { entry.key.clone() } else { format!("{name}.{}", entry.key) };
        match &entry.node.value {
            Value::Table(block) => walk(block, &inner, found),
            Value::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    if let Value::Table(block) = &item.value {
                        walk(block, &format!("{inner}[{}]", number + 1), found);
                    }
                }
            }
            _ => {}
        }
    }
    let Some(entry) = table.get("assumed") else { return };
    let item = |key: Option<&str>, value: String| AssumedItem {
        block: name.to_owned(),
        key: key.map(str::to_owned),
        value,
    };
    match &entry.node.value {
        Value::Truth(true) => {
            let own = table.entries.iter().filter(|entry| !["assumed", "ref"].contains(&entry.key.as_str()));
            let texts: Vec<String> =
                own.map(|entry| format!("{} = {}", entry.key, text_of(&entry.node.value))).collect();
            found.push((entry.at.start, item(None, texts.join("; "))));
        }
        Value::List(keys) => {
            for key in keys {
                let Value::Text(name) = &key.value else { continue };
                let value = value_of(table, name).map(text_of).unwrap_or_default();
                found.push((key.at.start, item(Some(name), value)));
            }
        }
        _ => {}
    }
}

/// A value as one line of text.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let texts: Vec<String> = items.iter().map(|item| text_of(&item.value)).collect();
            format!("[{}]", texts.join(", "))
        }
        Value::Table(table) => {
            let texts: Vec<String> = table
                .entries
                .iter()
                .map(|entry| format!("{} = {}", entry.key, text_of(&entry.node.value)))
                .collect();
            format!("{{ {} }}", texts.join(", "))
        }
        scalar => written(scalar).join(", "),
    }
}
