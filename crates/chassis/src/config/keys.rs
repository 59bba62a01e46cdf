//! Which keys exist, read off the sections' defaults, and which known key a wrong one was probably meant to be.

use std::collections::{BTreeMap, BTreeSet};

use config::{Value, ValueKind};
use serde_json::Value as Json;

/// The keys that exist, as dotted paths.
#[derive(Debug, Default)]
pub(super) struct Keys {
    leaves: BTreeSet<String>,
    lists: BTreeSet<String>,
    free: BTreeSet<String>,
}

impl Keys {
    /// Adds the keys of one section, or of a value at the root, from its default.
    pub(super) fn add(&mut self, path: &str, default: &Json) {
        match default {
            Json::Object(fields) if fields.is_empty() => {
                self.free.insert(format!("{path}."));
            }
            Json::Object(fields) => {
                for (name, value) in fields {
                    self.add(&format!("{path}.{name}"), value);
                }
            }
            other => {
                if other.is_array() {
                    self.lists.insert(path.to_owned());
                }
                self.leaves.insert(path.to_owned());
            }
        }
    }

    pub(super) fn known(&self, key: &str) -> bool {
        self.leaves.contains(key)
            || self.free.iter().any(|free| key.strip_prefix(free).is_some_and(|k| !k.contains('.')))
    }

    pub(super) fn is_list(&self, key: &str) -> bool {
        self.lists.contains(key)
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = &str> {
        self.leaves.iter().map(String::as_str)
    }

    /// Words for a key that does not exist: the nearest that does, or what the section offers.
    pub(super) fn unknown(&self, key: &str) -> String {
        let section = format!("{key}.");
        if self.leaves.iter().chain(&self.free).any(|known| known.starts_with(&section)) {
            return "is a section, not a value".to_owned();
        }
        match self.nearest(key) {
            Some(near) => format!("no such key; did you mean `{near}`?"),
            None => {
                let first = key.split('.').next().unwrap_or_default();
                let same: Vec<_> =
                    self.leaves().filter(|leaf| leaf.split('.').next() == Some(first)).collect();
                let offer = if same.is_empty() { self.sections().join(", ") } else { same.join(", ") };
                format!("no such key; there are {offer}")
            }
        }
    }

    fn nearest(&self, key: &str) -> Option<&str> {
        let near = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
        let best = self.leaves().max_by(|a, b| near(a).total_cmp(&near(b)))?;
        (near(best) >= 0.6).then_some(best)
    }

    fn sections(&self) -> Vec<&str> {
        let names = self.leaves.iter().chain(&self.free).filter_map(|key| key.split('.').next());
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A source's tables as dotted keys.
pub(super) fn flatten(path: &str, value: Value, into: &mut BTreeMap<String, Value>) {
    match value.kind {
        ValueKind::Table(table) if !(path.is_empty() && table.is_empty()) => {
            for (name, value) in table {
                let key = if path.is_empty() { name } else { format!("{path}.{name}") };
                flatten(&key, value, into);
            }
        }
        _ => {
            into.insert(path.to_owned(), value);
        }
    }
}

/// The same for JSON, as defaults and shown values come.
pub(super) fn flatten_json(path: &str, value: &Json, into: &mut BTreeMap<String, Json>) {
    match value {
        Json::Object(fields) => {
            for (name, value) in fields {
                flatten_json(&format!("{path}.{name}"), value, into);
            }
        }
        other => {
            into.insert(path.to_owned(), other.clone());
        }
    }
}
