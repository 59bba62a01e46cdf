//! A TOML file as it stands: names, values as written, and where each stands. Nothing is judged here.

mod canonical;
mod parse;

use std::ops::Range;

pub(crate) use canonical::canonical;
pub(crate) use parse::parse;

/// A table of a file, its entries in the order written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key stands, in bytes.
    pub(crate) at: Range<usize>,
    pub(crate) node: Node,
}

/// A value and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: Range<usize>,
}

/// A value as written: numbers and dates keep their letters, so that 0.80 stays 0.80.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Integer(String),
    Float(String),
    Date(String),
    Truth(bool),
    List(Vec<Node>),
    Table(Table),
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.get(key).map(|entry| &entry.node.value)
    }

    pub(crate) fn table(&self, key: &str) -> Option<&Table> {
        match self.value(key) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }
}

impl Value {
    /// What kind of value it is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Date(_) => "a date",
            Self::Truth(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}
