//! Reads the events that a trial derives, and refuses one that is made of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, Keys, blocks};
use super::context::Context;
use crate::blocks::Blocks;
use crate::document::{Table, Value};
use crate::finding::Code;
use crate::ids::{ArmId, EventId};
use crate::model::{Event, Role};
use crate::scalar::Moment;

const KEYS: Keys = Keys {
    may: &[
        "on",
        "when",
        "for",
        "bridge",
        "without",
        "within",
        "from",
        "all-of",
        "or-attest",
        "confirm",
        "by-arm",
    ],
    must: &[],
};

/// `[event.x]`.
pub(super) fn events(cx: &Context<'_>) -> Blocks<EventId, Event> {
    let circular = circular(cx.root);
    blocks(cx, "event", &KEYS, |block, id: EventId| {
        if circular.contains(id.as_str()) {
            block.find_at(
                "all-of",
                Code::DoesNotFit,
                "is made of itself",
                "events that do not lead back here",
            );
        }
        Some(Event {
            id,
            head: block.head(),
            on: block.event("on"),
            run: block.run(block.scope_of_on()),
            within: block.within(),
            from: block.moment("from"),
            all_of: block.events("all-of"),
            or_attest: block.text("or-attest"),
            confirm: confirm(block),
            by_arm: by_arm(block),
        })
    })
}

fn confirm(block: &Block<'_>) -> Option<Role> {
    let roles = block.roles("confirm");
    if roles.len() > 1 {
        block.find_at("confirm", Code::DoesNotFit, "confirm names several", "one role, who signs");
    }
    roles.first().copied()
}

fn by_arm(block: &Block<'_>) -> Blocks<ArmId, Moment> {
    let entries = block.entries("by-arm");
    let named: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    if block.has("by-arm") && named != block.cx.names.arms.iter().map(String::as_str).collect() {
        block.find_at("by-arm", Code::DoesNotFit, "by-arm and arms differ", "a moment for every arm");
    }
    let Some(inner) = block.inner("by-arm") else { return Blocks::default() };
    let one = |entry: &crate::document::Entry| {
        let moment = inner.moment(&entry.key);
        Some((block.id(&entry.key, entry.at.start)?, moment?))
    };
    entries.iter().filter_map(one).collect()
}

/// The events that `all-of` leads back to: a circle that never has a date. Events whose parts are all
/// settled are taken away until none is left, then those that nothing left is made of; what stays is circles.
fn circular(root: &Table) -> BTreeSet<&str> {
    let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in root.table("event").map(|events| events.entries.as_slice()).unwrap_or_default() {
        parts.insert(&entry.key, parts_of(&entry.node.value));
    }
    let mut whole: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (event, made_of) in &parts {
        for part in made_of {
            whole.entry(part).or_default().insert(event);
        }
    }
    let settled = peel(parts.keys().copied().collect(), &parts, &whole);
    peel(settled, &whole, &parts)
}

/// Takes away every event from which `forward` leads to none that is left; gives back what stays.
fn peel<'a>(
    mut left: BTreeSet<&'a str>,
    forward: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    backward: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut todo: Vec<&str> = left.iter().copied().collect();
    while let Some(event) = todo.pop() {
        let leads_on = forward.get(event).is_some_and(|next| next.iter().any(|next| left.contains(next)));
        if !leads_on && left.remove(event) {
            todo.extend(backward.get(event).into_iter().flatten().filter(|before| left.contains(**before)));
        }
    }
    left
}

fn parts_of(event: &Value) -> BTreeSet<&str> {
    let Value::Table(table) = event else { return BTreeSet::new() };
    let Some(Value::List(items)) = table.value("all-of") else { return BTreeSet::new() };
    let texts = items.iter().filter_map(|item| match &item.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
