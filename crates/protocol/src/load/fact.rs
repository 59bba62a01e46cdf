//! Reads one fact, or one activity, of a dictionary.

use rust_decimal::Decimal;

use super::findings::{Findings, quote};
use crate::dictionary::{Activity, Derivation, Fact, FactDomain, FactKind, Since};
use crate::document::{Entry, Table, Value};
use crate::finding::{Code, nearest};
use crate::ids::{FactId, Word};

const KEYS: &[&str] = &[
    "kind", "unit", "loinc", "of", "range", "since", "derive", "from", "step", "unset", "many", "judged",
    "label", "scale", "by", "part-of",
];
const KINDS: &str = "quantity, score, count, choice, ordered, yes-no, elapsed, completed";

/// One fact; what is wrong with it is a finding, and then there is none.
pub(super) fn read(entry: &Entry, domain: FactDomain, findings: &Findings<'_>) -> Option<Fact> {
    let block = format!("fact.{}", quote(&entry.key));
    let bad = |found: &str, allowed: &str| {
        findings.add(entry.at.start, Code::BadDictionary, &block, found, allowed);
        None
    };
    let Value::Table(table) = &entry.node.value else { return bad("no fact", "{ kind = \"...\", ... }") };
    for key in table.entries.iter().map(|inner| inner.key.as_str()).filter(|key| !KEYS.contains(key)) {
        let found = format!("unknown key '{}'", quote(key));
        findings.add(entry.at.start, Code::UnknownKey, &block, &found, &nearest(key, KEYS.iter().copied()));
    }
    let Ok(id) = entry.key.parse::<FactId>() else {
        return bad("its name is no id", "letters, digits, - and _");
    };
    let Some(kind) = kind(table) else { return bad("kind and values differ", KINDS) };
    let unset = match text(table, "unset").map(str::parse::<Word>) {
        None => None,
        Some(Ok(word)) if kind.words().contains(&word) => Some(word),
        Some(_) => return bad("unset is no value", "one of its words"),
    };
    let unit = match text(table, "unit").map(str::parse) {
        None => None,
        Some(Ok(unit)) => Some(unit),
        Some(Err(_)) => return bad("unit", "a UCUM word such as g/L"),
    };
    let range = match text(table, "range").map(str::parse) {
        None => None,
        Some(Ok(range)) => Some(range),
        Some(Err(_)) => return bad("range", "two numbers such as 1..5"),
    };
    let step = match table.value("step") {
        None => None,
        Some(value) => match number(value).filter(|step| *step > Decimal::ZERO) {
            Some(step) => Some(step),
            None => return bad("step", "a number above 0"),
        },
    };
    let derive = match text(table, "derive") {
        None => None,
        Some(how) => match derivation(table, how) {
            Some(derivation) => Some(derivation),
            None => return bad("derive", "mosteller from weight and height, or slope from one fact"),
        },
    };
    let owned = |key: &str| text(table, key).map(str::to_owned);
    let (many, judged) = (truth(table, "many"), truth(table, "judged"));
    let part_of = text(table, "part-of").and_then(|id| id.parse().ok());
    let (loinc, label, scale, by) = (owned("loinc"), owned("label"), owned("scale"), owned("by"));
    Some(Fact {
        id,
        domain,
        kind,
        unit,
        loinc,
        range,
        step,
        derive,
        unset,
        many,
        judged,
        label,
        scale,
        by,
        part_of,
    })
}

/// One activity.
pub(super) fn activity(entry: &Entry, findings: &Findings<'_>) -> Option<Activity> {
    let Value::Table(table) = &entry.node.value else { return None };
    for key in
        table.entries.iter().map(|inner| inner.key.as_str()).filter(|key| !["label", "yields"].contains(key))
    {
        let found = format!("unknown key '{}'", quote(key));
        findings.add(entry.at.start, Code::UnknownKey, "activity", &found, "label, yields");
    }
    let yields = match table.value("yields") {
        None => Vec::new(),
        Some(value) => words(value)?,
    };
    Some(Activity { id: entry.key.parse().ok()?, label: text(table, "label").map(str::to_owned), yields })
}

fn kind(table: &Table) -> Option<FactKind> {
    let of = table.value("of").map(words);
    let since = || text(table, "since").and_then(|event| event.parse().ok()).map(Since);
    match (text(table, "kind")?, of) {
        ("choice", Some(words)) => words.map(FactKind::Choice),
        ("ordered", Some(words)) => words.map(FactKind::Ordered),
        (_, Some(_)) => None,
        ("quantity", None) => Some(FactKind::Quantity),
        ("score", None) => Some(FactKind::Score),
        ("count", None) => Some(FactKind::Count),
        ("yes-no", None) => Some(FactKind::YesNo),
        ("elapsed", None) => since().map(FactKind::Elapsed),
        ("completed", None) => since().map(FactKind::Completed),
        _ => None,
    }
}

fn derivation(table: &Table, how: &str) -> Option<Derivation> {
    let from: Vec<FactId> = words(table.value("from")?)?;
    match (how, from.as_slice()) {
        ("mosteller", [weight, height]) => {
            Some(Derivation::Mosteller { weight: weight.clone(), height: height.clone() })
        }
        ("slope", [of]) => Some(Derivation::Slope { of: of.clone() }),
        _ => None,
    }
}

fn words<T: std::str::FromStr>(value: &Value) -> Option<Vec<T>> {
    let Value::List(items) = value else { return None };
    let word = |value: &Value| match value {
        Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    items.iter().map(|item| word(&item.value)).collect()
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match table.value(key)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn truth(table: &Table, key: &str) -> bool {
    matches!(table.value(key), Some(Value::Truth(true)))
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(text) | Value::Float(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}
