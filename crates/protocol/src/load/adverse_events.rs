//! Reads what counts as an adverse event, which is serious, and how long they are collected.

use super::block::{Block, Keys, named, single};
use super::context::Context;
use super::findings::quote;
use crate::blocks::Blocks;
use crate::condition::Condition;
use crate::document::Value;
use crate::finding::{Code, nearest};
use crate::ids::{CollectId, FactId, Word};
use crate::model::{AdverseEvents, Collect, LaboratoryFindings};
use crate::scalar::{CollectEnd, PhaseEnd};

const KEYS: Keys = Keys {
    may: &[
        "scale",
        "serious",
        "except",
        "history",
        "follow",
        "follow-serious",
        "group-by",
        "examples",
        "collect",
        "laboratory",
    ],
    must: &["scale", "serious"],
};
const COLLECT: Keys = Keys { may: &["when", "events", "from", "until"], must: &["from", "until"] };
const LABORATORY: Keys = Keys { may: &["attest", "spare"], must: &[] };

/// `[adverse-events]` with its `collect.x` and `laboratory`.
pub(super) fn adverse_events(cx: &Context<'_>) -> Option<AdverseEvents> {
    let block = single(cx, "adverse-events", &KEYS)?;
    let head = block.head();
    let scale = block.scalar("scale");
    let serious = serious(&block);
    let collected = block.entries("collect");
    if collected.is_empty() {
        block.find_here(Code::Missing, "collects nothing", "[adverse-events.collect.x]");
    }
    let collect: Blocks<CollectId, Collect> =
        named(cx, "adverse-events.collect", collected, &COLLECT, collect);
    let laboratory = laboratory(&block);
    Some(AdverseEvents {
        head,
        scale: scale?,
        except: except(&block, &serious),
        serious,
        history: block.condition("history", &cx.dictionaries.adverse_event_facts),
        follow: block.text("follow"),
        follow_serious: block.text("follow-serious"),
        group_by: block.text("group-by"),
        examples: block.text("examples"),
        collect,
        laboratory,
    })
}

fn serious(block: &Block<'_>) -> Vec<Word> {
    let criterion = block.cx.dictionaries.adverse_event_facts.get("criterion");
    let words = criterion.map(|fact| fact.kind.words()).unwrap_or_default();
    let mut serious = Vec::new();
    for (text, at) in block.texts_at("serious") {
        match words.iter().find(|word| word.as_str() == text) {
            Some(word) => serious.push(word.clone()),
            None => {
                let near = nearest(text, words.iter().map(Word::as_str));
                block.find(at, Code::NotAWord, format!("'{}' is no criterion", quote(text)), near);
            }
        }
    }
    serious
}

fn except(block: &Block<'_>, serious: &[Word]) -> Blocks<Word, Condition> {
    let facts = &block.cx.dictionaries.adverse_event_facts;
    let one = |entry: &crate::document::Entry| {
        let Some(word) = serious.iter().find(|word| word.as_str() == entry.key) else {
            let found = format!("except names '{}', which is not serious", quote(&entry.key));
            block.find(entry.at.start, Code::UnknownName, found, "a criterion of serious");
            return None;
        };
        let Value::Text(text) = &entry.node.value else {
            let found = format!("except.{word} is {}", entry.node.value.kind());
            block.find(entry.at.start, Code::WrongShape, found, "a condition in quotes");
            return None;
        };
        Some((word.clone(), block.condition_of("except", text, entry.node.at.start, facts)?))
    };
    block.entries("except").iter().filter_map(one).collect()
}

fn collect(block: &Block<'_>, id: CollectId) -> Option<Collect> {
    let head = block.head();
    let when = block.condition("when", &block.cx.dictionaries.adverse_event_facts);
    let events = block.events("events");
    let (from, until) = (block.moment("from"), collect_end(block));
    Some(Collect { id, head, when, events, from: from?, until: until? })
}

fn collect_end(block: &Block<'_>) -> Option<CollectEnd> {
    let (text, at) = block.text_at("until")?;
    let end: CollectEnd = block.scalar_of("until", text, at)?;
    match &end {
        CollectEnd::End(PhaseEnd::Moment(moment)) => {
            block.check_anchor("until", moment.anchor(), at, false).then_some(end)
        }
        CollectEnd::NoEnd | CollectEnd::End(PhaseEnd::Lasting(_)) => Some(end),
    }
}

fn laboratory(block: &Block<'_>) -> Option<LaboratoryFindings> {
    let inner = block.inner("laboratory")?;
    inner.check_keys(&LABORATORY, super::block::EVERY_BLOCK);
    let facts = &block.cx.dictionaries.facts;
    let spare = inner.texts_at("spare").into_iter().filter_map(|(text, at)| {
        if !facts.contains_key(text) {
            let near = nearest(text, facts.keys().map(FactId::as_str));
            inner.find(at, Code::UnknownName, format!("unknown fact '{}'", quote(text)), near);
        }
        facts.get_key_value(text).map(|(id, _)| id.clone())
    });
    Some(LaboratoryFindings { head: inner.head(), attest: inner.text("attest"), spare: spare.collect() })
}
