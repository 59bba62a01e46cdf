//! Reads TOML text into the file's tree, with every place of a syntax error.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Node, Table, Value};

/// A place where the text is no TOML.
pub(crate) struct SyntaxError {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// Reads the whole text. Depth is bounded by the TOML reader.
pub(crate) fn parse(text: &str) -> Result<Table, Vec<SyntaxError>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table(text, root.get_ref()));
    }
    let error = |error: &toml::de::Error| SyntaxError {
        at: error.span().map_or(0, |span| span.start),
        what: error.message().replace('\n', " "),
    };
    Err(errors.iter().map(error).collect())
}

fn table(text: &str, source: &DeTable<'_>) -> Table {
    let mut entries: Vec<Entry> = source
        .iter()
        .map(|(key, value)| Entry { key: key.get_ref().to_string(), at: key.span(), node: node(text, value) })
        .collect();
    entries.sort_by_key(|entry| entry.at.start);
    Table { entries }
}

fn node(text: &str, source: &Spanned<DeValue<'_>>) -> Node {
    let at = source.span();
    let written = || as_written(text, &at);
    let value = match source.get_ref() {
        DeValue::String(value) => Value::Text(value.to_string()),
        DeValue::Integer(_) => Value::Integer(written()),
        DeValue::Float(_) => Value::Float(written()),
        DeValue::Datetime(_) => Value::Date(written()),
        DeValue::Boolean(value) => Value::Truth(*value),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(text, item)).collect()),
        DeValue::Table(inner) => Value::Table(table(text, inner)),
    };
    Node { value, at }
}

fn as_written(text: &str, at: &Range<usize>) -> String {
    text.get(at.clone()).unwrap_or_default().trim().to_owned()
}
