//! Reads the events that a trial derives, and refuses one that is made of itself.

use std::collections::BTreeSet;

use super::block::{Block, Keys, blocks};
use super::context::Context;
use crate::blocks::Blocks;
use crate::document::Value;
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
    blocks(cx, "event", &KEYS, |block, id: EventId| {
        check_all_of_ends(block, id.as_str());
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

/// Follows `all-of` from one event; to come back to it is a circle that never has a date.
fn check_all_of_ends(block: &Block<'_>, id: &str) {
    let parts = |event: &str| -> Vec<&str> {
        let Some(Value::Table(table)) = block.cx.root.table("event").and_then(|events| events.value(event))
        else {
            return Vec::new();
        };
        match table.value("all-of") {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| match &item.value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    };
    let mut seen = BTreeSet::new();
    let mut todo = parts(id);
    while let Some(event) = todo.pop() {
        if event == id {
            block.find_at(
                "all-of",
                Code::DoesNotFit,
                "is made of itself",
                "events that do not lead back here",
            );
            return;
        }
        if seen.insert(event) {
            todo.extend(parts(event));
        }
    }
}
