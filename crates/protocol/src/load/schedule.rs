//! Reads windows and the phases of the schedule.

use std::collections::BTreeMap;

use super::block::{Block, Keys, blocks};
use super::context::Context;
use super::findings::quote;
use crate::blocks::Blocks;
use crate::document::{Entry, Node, Value};
use crate::finding::{Code, nearest};
use crate::ids::{ActivityId, PhaseId};
use crate::model::{Phase, ScheduledActivity, Windows};
use crate::scalar::{Cadence, Line, LineKind, Moment, PhaseEnd};

const PHASE: Keys = Keys { may: &["from", "until", "window", "do"], must: &["from", "do"] };

/// `[windows]`: beside `ref` and `assumed` its keys are cadences.
pub(super) fn windows(cx: &Context<'_>) -> Option<Windows> {
    let entry = cx.root.get("windows")?;
    let block = Block::bare(cx, "windows".to_owned(), entry.at.start, &entry.node)?;
    let mut by_cadence = BTreeMap::new();
    for entry in block.table.entries.iter().filter(|entry| !["ref", "assumed"].contains(&entry.key.as_str()))
    {
        let Some((text, at)) = block.text_at(&entry.key) else { continue };
        match entry.key.parse::<Cadence>() {
            Ok(cadence) => {
                if let Some(window) = block.scalar_of(&entry.key, text, at) {
                    by_cadence.insert(cadence, window);
                }
            }
            Err(error) => {
                let found = format!("{} = '{}' is no window", quote(&entry.key), quote(text));
                block.find(entry.at.start, Code::UnknownKey, found, error.allowed);
            }
        }
    }
    Some(Windows { head: block.head(), by_cadence })
}

/// `[phase.x]`.
pub(super) fn phases(cx: &Context<'_>, windows: Option<&Windows>) -> Blocks<PhaseId, Phase> {
    blocks(cx, "phase", &PHASE, |block, id| {
        let head = block.head();
        let from = opening(block);
        let until = ends(block);
        let window = block.scalar("window");
        let activities =
            block.entries("do").iter().filter_map(|entry| activity(block, entry, windows)).collect();
        Some(Phase { id, head, from: from?, until, window, activities })
    })
}

fn opening(block: &Block<'_>) -> Option<Moment> {
    let (text, at) = block.text_at("from")?;
    let moment: Moment = block.scalar_of("from", text, at)?;
    block.check_anchor("from", moment.anchor(), at, true).then_some(moment)
}

fn ends(block: &Block<'_>) -> Vec<PhaseEnd> {
    let end = |(text, at): (&str, usize)| {
        let end: PhaseEnd = block.scalar_of("until", text, at)?;
        match &end {
            PhaseEnd::Moment(moment) => {
                block.check_anchor("until", moment.anchor(), at, false).then_some(end)
            }
            PhaseEnd::Lasting(_) => Some(end),
        }
    };
    block.texts_at("until").into_iter().filter_map(end).collect()
}

fn activity(
    block: &Block<'_>,
    entry: &Entry,
    windows: Option<&Windows>,
) -> Option<(ActivityId, ScheduledActivity)> {
    let activities = &block.cx.dictionaries.activities;
    if !activities.contains_key(entry.key.as_str()) {
        let near = nearest(&entry.key, activities.keys().map(ActivityId::as_str));
        let found = format!("unknown activity '{}'", quote(&entry.key));
        block.find(entry.at.start, Code::UnknownName, found, near);
        return None;
    }
    let id: ActivityId = block.id(&entry.key, entry.at.start)?;
    let nodes: Vec<&Node> = match &entry.node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![&entry.node],
    };
    let lines = nodes.into_iter().filter_map(|node| line(block, &id, node, windows)).collect();
    Some((id.clone(), ScheduledActivity { activity: id, lines }))
}

fn line(block: &Block<'_>, id: &ActivityId, node: &Node, windows: Option<&Windows>) -> Option<Line> {
    block.cx.tally.borrow_mut().lines += 1;
    let at = node.at.start;
    let Value::Text(text) = &node.value else {
        block.find(
            at,
            Code::WrongShape,
            format!("{id} is {}", node.value.kind()),
            "a schedule line in quotes",
        );
        return None;
    };
    let line: Line = block.scalar_of(id.as_str(), text, at)?;
    match &line.kind {
        LineKind::At { unit, after, .. } => {
            let known = windows.is_some_and(|windows| windows.by_cadence.contains_key(&Cadence::each(*unit)));
            if !block.has("window") && !known {
                let allowed = format!("window in this phase, or per-{unit} in [windows]");
                block.find(at, Code::Missing, format!("{id}: a fixed day needs a window"), allowed);
            }
            if let Some(anchor) = after
                && !block.check_anchor(id.as_str(), anchor, at, false)
            {
                return None;
            }
        }
        LineKind::Per { .. } if !block.has("until") => {
            block.find(
                at,
                Code::Missing,
                format!("{id} recurs: until is missing"),
                "until, else there is no last visit",
            );
        }
        LineKind::Once | LineKind::AsNeeded | LineKind::Per { .. } => {}
    }
    Some(line)
}
