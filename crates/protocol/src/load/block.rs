//! One block of a file: its keys are known or refused, its values are read by their shape.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::context::{Context, whole};
use super::findings::quote;
use crate::blocks::Blocks;
use crate::document::{Entry, Node, Table, Value};
use crate::finding::{Code, nearest};
use crate::ids::InvalidId;

/// The keys of a kind of block (format 3.3).
pub(super) struct Keys {
    /// All that it may have, beside those of every block.
    pub(super) may: &'static [&'static str],
    /// Those that it must have.
    pub(super) must: &'static [&'static str],
}

/// What every block may have.
pub(super) const EVERY_BLOCK: &[&str] = &["ref", "text", "label", "assumed"];

/// A block that is being read.
pub(super) struct Block<'a> {
    pub(super) cx: &'a Context<'a>,
    /// Its full name, for findings.
    pub(super) name: String,
    pub(super) table: &'a Table,
    /// Where it begins.
    pub(super) at: usize,
}

impl<'a> Block<'a> {
    /// Opens a block with the keys of every block.
    pub(super) fn open(
        cx: &'a Context<'a>,
        name: String,
        at: usize,
        node: &'a Node,
        keys: &Keys,
    ) -> Option<Self> {
        let block = Self::bare(cx, name, at, node)?;
        block.check_keys(keys, EVERY_BLOCK);
        Some(block)
    }

    /// Opens a table whose keys are still to be checked.
    pub(super) fn bare(cx: &'a Context<'a>, name: String, at: usize, node: &'a Node) -> Option<Self> {
        match &node.value {
            Value::Table(table) => Some(Self { cx, name, table, at }),
            other => {
                cx.find(
                    at,
                    Code::WrongShape,
                    &name,
                    format!("{} where a block belongs", other.kind()),
                    "a block",
                );
                None
            }
        }
    }

    /// Refuses unknown keys, with the nearest that exists, and names those that are missing.
    pub(super) fn check_keys(&self, keys: &Keys, also: &[&str]) {
        for entry in &self.table.entries {
            let key = entry.key.as_str();
            if !keys.may.contains(&key) && !also.contains(&key) {
                let allowed = nearest(key, keys.may.iter().chain(also).copied());
                self.find(entry.at.start, Code::UnknownKey, format!("unknown key '{}'", quote(key)), allowed);
            }
        }
        for key in keys.must {
            if self.table.get(key).is_none() {
                self.find(self.at, Code::Missing, format!("{key} is missing"), "");
            }
        }
    }

    pub(super) fn find(&self, at: usize, code: Code, found: impl AsRef<str>, allowed: impl AsRef<str>) {
        self.cx.find(at, code, &self.name, found, allowed);
    }

    /// A finding that concerns the block as a whole.
    pub(super) fn find_here(&self, code: Code, found: impl AsRef<str>, allowed: impl AsRef<str>) {
        self.find(self.at, code, found, allowed);
    }

    /// A finding at a key, or at the block when the key is not there.
    pub(super) fn find_at(&self, key: &str, code: Code, found: impl AsRef<str>, allowed: impl AsRef<str>) {
        let at = self.table.get(key).map_or(self.at, |entry| entry.node.at.start);
        self.find(at, code, found, allowed);
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    fn shape(&self, key: &str, node: &Node, allowed: &str) {
        let found = format!("{key} is {}", node.value.kind());
        self.find(node.at.start, Code::WrongShape, found, allowed);
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.text_at(key).map(|(text, _)| text.to_owned())
    }

    /// A text and where it stands.
    pub(super) fn text_at(&self, key: &str) -> Option<(&'a str, usize)> {
        let entry = self.table.get(key)?;
        self.node_text(key, &entry.node).map(|text| (text, entry.node.at.start))
    }

    fn node_text(&self, key: &str, node: &'a Node) -> Option<&'a str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.shape(key, node, "a text in quotes");
                None
            }
        }
    }

    /// A list of texts, each with its place; a single text is a list of one.
    pub(super) fn texts_at(&self, key: &str) -> Vec<(&'a str, usize)> {
        match self.table.get(key).map(|entry| &entry.node) {
            None => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => {
                let read = |item: &'a Node| self.node_text(key, item).map(|text| (text, item.at.start));
                items.iter().filter_map(read).collect()
            }
            Some(node) => self.node_text(key, node).map(|text| (text, node.at.start)).into_iter().collect(),
        }
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.texts_at(key).into_iter().map(|(text, _)| text.to_owned()).collect()
    }

    /// A whole number from 0.
    pub(super) fn count(&self, key: &str) -> Option<u32> {
        let entry = self.table.get(key)?;
        let count = whole(&entry.node.value);
        if count.is_none() {
            self.shape_or_size(key, &entry.node);
        }
        count
    }

    fn shape_or_size(&self, key: &str, node: &Node) {
        match &node.value {
            Value::Integer(text) => {
                let found = format!("{key} = {}", quote(text));
                self.find(node.at.start, Code::DoesNotFit, found, "a whole number from 0 to 4294967295");
            }
            _ => self.shape(key, node, "a whole number"),
        }
    }

    /// A list of whole numbers.
    pub(super) fn counts(&self, key: &str) -> Vec<u32> {
        match self.table.get(key).map(|entry| &entry.node) {
            None => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => {
                let read = |item: &Node| {
                    whole(&item.value).or_else(|| {
                        self.shape_or_size(key, item);
                        None
                    })
                };
                items.iter().filter_map(read).collect()
            }
            Some(node) => {
                self.shape(key, node, "a list of whole numbers");
                Vec::new()
            }
        }
    }

    /// An exact number.
    pub(super) fn decimal(&self, key: &str) -> Option<Decimal> {
        let entry = self.table.get(key)?;
        match &entry.node.value {
            Value::Integer(text) | Value::Float(text) => {
                let text = text.replace('_', "");
                let number = Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok();
                if number.is_none() {
                    let found = format!("{key} = {}", quote(&text));
                    self.find(entry.node.at.start, Code::DoesNotFit, found, "a number of at most 28 digits");
                }
                number
            }
            _ => {
                self.shape(key, &entry.node, "a number");
                None
            }
        }
    }

    /// True or false.
    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        let entry = self.table.get(key)?;
        match entry.node.value {
            Value::Truth(truth) => Some(truth),
            _ => {
                self.shape(key, &entry.node, "true or false");
                None
            }
        }
    }

    /// A date.
    pub(super) fn date(&self, key: &str) -> Option<jiff::civil::Date> {
        let entry = self.table.get(key)?;
        let date = match &entry.node.value {
            Value::Date(text) => text.parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.shape(key, &entry.node, "a date such as 2024-01-31");
        }
        date
    }

    /// The tables of a list of tables, each opened under `name[n]`, counted from 1.
    pub(super) fn tables(&self, key: &str) -> Vec<Block<'a>> {
        match self.table.get(key).map(|entry| &entry.node) {
            None => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => {
                let open = |(number, item): (usize, &'a Node)| {
                    let name = format!("{}.{key}[{}]", self.name, number + 1);
                    Self::bare(self.cx, name, item.at.start, item)
                };
                items.iter().enumerate().filter_map(open).collect()
            }
            Some(node) => {
                self.shape(key, node, "a list of tables");
                Vec::new()
            }
        }
    }

    /// The entries of a table such as `ratio = { a = 1 }`.
    pub(super) fn entries(&self, key: &str) -> &'a [Entry] {
        match self.table.get(key).map(|entry| &entry.node) {
            None => &[],
            Some(Node { value: Value::Table(table), .. }) => &table.entries,
            Some(node) => {
                self.shape(key, node, "a table");
                &[]
            }
        }
    }

    /// A table as a block of its own, its keys unchecked.
    pub(super) fn inner(&self, key: &str) -> Option<Block<'a>> {
        let entry = self.table.get(key)?;
        Self::bare(self.cx, format!("{}.{key}", self.name), entry.at.start, &entry.node)
    }

    /// A word of a closed list.
    pub(super) fn word<T>(&self, key: &str, read: impl Fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
        let (text, at) = self.text_at(key)?;
        let value = read(text);
        if value.is_none() {
            let list = words.join(", ");
            let found = format!("{key} = '{}' is none of {list}", quote(text));
            self.find(at, Code::NotAWord, found, nearest(text, words.iter().copied()));
        }
        value
    }

    /// An id, checked for its letters only.
    pub(super) fn id<T: FromStr<Err = InvalidId>>(&self, text: &str, at: usize) -> Option<T> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                let found = format!("'{}' is no id", quote(&error.found));
                self.find(at, Code::NotAWord, found, "1 to 64 letters, digits, - and _");
                None
            }
        }
    }
}

/// Reads all blocks of one kind: `[kind.x]`.
pub(super) fn blocks<'a, K, V>(
    cx: &'a Context<'a>,
    kind: &str,
    keys: &Keys,
    read: impl Fn(&Block<'a>, K) -> Option<V>,
) -> Blocks<K, V>
where
    K: FromStr<Err = InvalidId> + Ord + Clone,
{
    named(cx, kind, cx.entries(kind), keys, read)
}

/// Reads blocks that stand as entries of a table, under `prefix.key`.
pub(super) fn named<'a, K, V>(
    cx: &'a Context<'a>,
    prefix: &str,
    entries: &'a [Entry],
    keys: &Keys,
    read: impl Fn(&Block<'a>, K) -> Option<V>,
) -> Blocks<K, V>
where
    K: FromStr<Err = InvalidId> + Ord + Clone,
{
    let one = |entry: &'a Entry| {
        let name = format!("{prefix}.{}", entry.key);
        let block = Block::open(cx, name, entry.at.start, &entry.node, keys)?;
        let id: K = block.id(&entry.key, entry.at.start)?;
        Some((id.clone(), read(&block, id)?))
    };
    entries.iter().filter_map(one).collect()
}

/// Opens a block that stands once: `[kind]`.
pub(super) fn single<'a>(cx: &'a Context<'a>, kind: &str, keys: &Keys) -> Option<Block<'a>> {
    let entry = cx.root.get(kind)?;
    Block::open(cx, kind.to_owned(), entry.at.start, &entry.node, keys)
}
