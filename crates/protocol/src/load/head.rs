//! Reads what every block carries: section, text, label and what was assumed.

use super::block::Block;
use super::findings::quote;
use crate::document::{Table, Value};
use crate::finding::{Code, nearest};
use crate::model::{Assumed, Head};

impl Block<'_> {
    /// The head of a block that must name its section.
    pub(super) fn head(&self) -> Head {
        let head = self.head_without_ref();
        if !self.has("ref") {
            self.find_here(
                Code::Missing,
                "no ref",
                "a section of [source] sections, a source, or a dictionary",
            );
        }
        head
    }

    /// The head of a block that takes its parent's section where it has none.
    pub(super) fn head_without_ref(&self) -> Head {
        self.cx.tally.borrow_mut().blocks += 1;
        let (ref_text, refs) = self.refs();
        Head {
            refs,
            ref_text,
            text: self.text("text"),
            label: self.text("label"),
            assumed: self.assumed(),
            origin: self.cx.origin.clone(),
        }
    }

    fn refs(&self) -> (String, Vec<String>) {
        let Some((written, at)) = self.text_at("ref") else { return (String::new(), Vec::new()) };
        let refs: Vec<String> =
            written.split(", ").flat_map(|part| part.split(" against ")).map(str::to_owned).collect();
        for name in refs.iter().filter(|name| !name.is_empty() && !self.cx.sources.contains(*name)) {
            let near = nearest(name, self.cx.sources.iter().map(String::as_str));
            self.find(at, Code::UnknownSource, format!("ref '{}' is no source", quote(name)), near);
        }
        (written.to_owned(), refs)
    }

    /// `assumed`: the whole block, or keys that are there.
    pub(super) fn assumed(&self) -> Assumed {
        match self.table.value("assumed") {
            None | Some(Value::Truth(false)) => Assumed::Nothing,
            Some(Value::Truth(true)) => Assumed::Block,
            Some(Value::List(_)) => {
                let keys = self.texts_at("assumed");
                for (key, at) in &keys {
                    if value_of(self.table, key).is_none() {
                        let found = format!("assumed names '{}', which is not there", quote(key));
                        let keys = self.table.entries.iter().map(|entry| entry.key.as_str());
                        self.find(*at, Code::UnknownName, found, nearest(key, keys));
                    }
                }
                Assumed::Keys(keys.into_iter().map(|(key, _)| key.to_owned()).collect())
            }
            Some(other) => {
                let found = format!("assumed is {}", other.kind());
                self.find_at("assumed", Code::WrongShape, found, "true, or a list of keys of this block");
                Assumed::Nothing
            }
        }
    }
}

/// The value of a dotted key within a block.
pub(crate) fn value_of<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    let mut parts = key.split('.');
    let mut value = table.value(parts.next()?)?;
    for part in parts {
        value = match value {
            Value::Table(inner) => inner.value(part)?,
            _ => return None,
        };
    }
    Some(value)
}
