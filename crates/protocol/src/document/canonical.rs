//! The canonical form of a file for its digest: RFC 8785 JSON, scalars as written.
//! Comments, blanks and the order of keys do not count; the letters of a number do.

use serde_json::{Map, Value as Json};

use super::{Table, Value};

/// The table as JSON: texts, numbers and dates as their written letters.
pub(crate) fn canonical(table: &Table) -> Json {
    let entries = table.entries.iter().map(|entry| (entry.key.clone(), json(&entry.node.value)));
    Json::Object(entries.collect::<Map<_, _>>())
}

fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) | Value::Integer(text) | Value::Float(text) | Value::Date(text) => {
            Json::String(text.clone())
        }
        Value::Truth(truth) => Json::Bool(*truth),
        Value::List(items) => Json::Array(items.iter().map(|item| json(&item.value)).collect()),
        Value::Table(table) => canonical(table),
    }
}
