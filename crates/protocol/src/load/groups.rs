//! Reads arms, allocation, cohorts, escalation and stagger.

use std::collections::BTreeSet;

use super::block::{Block, Keys, blocks, single};
use super::context::{Context, whole};
use super::findings::quote;
use super::inject;
use crate::blocks::Blocks;
use crate::document::{Node, Value};
use crate::finding::Code;
use crate::ids::{ArmId, CohortId, EventId};
use crate::model::{
    Allocation, AllocationMethod, Arm, ArmRole, Blinding, Cohort, CohortSize, Escalation, EscalationRule,
    Gate, Inject, NextCohort, Stagger,
};

const ARM: Keys = Keys { may: &["role", "size", "gives"], must: &["role", "gives"] };
const ALLOCATION: Keys = Keys {
    may: &["ratio", "method", "blocks", "strata", "blinding", "blind"],
    must: &["method", "blinding"],
};
const COHORT: Keys =
    Keys { may: &["size", "who", "inject", "dose", "times", "every", "returns", "needs"], must: &[] };
const ESCALATION: Keys =
    Keys { may: &["rule", "order", "next", "decide", "gates"], must: &["rule", "order", "next"] };
const STAGGER: Keys = Keys { may: &["between", "gap"], must: &["gap"] };

/// `[arm.x]`.
pub(super) fn arms(cx: &Context<'_>) -> Blocks<ArmId, Arm> {
    blocks(cx, "arm", &ARM, |block, id| {
        let head = block.head();
        let role = block.word("role", ArmRole::from_word, ArmRole::WORDS);
        let size = block.count("size");
        let texts = block.texts_at("gives").into_iter();
        let gives =
            texts.filter_map(|(text, at)| block.name("regimen", text, at, &cx.names.regimens)).collect();
        Some(Arm { id, head, role: role?, size, gives })
    })
}

/// `[allocation]`.
pub(super) fn allocation(cx: &Context<'_>) -> Option<Allocation> {
    let block = single(cx, "allocation", &ALLOCATION)?;
    let head = block.head();
    let method = block.word("method", AllocationMethod::from_word, AllocationMethod::WORDS);
    let blinding = block.word("blinding", Blinding::from_word, Blinding::WORDS);
    let ratio: Blocks<ArmId, u32> = by_name(&block, "ratio");
    let sizes = block.counts("blocks");
    if block.has("ratio") {
        check_ratio(&block, &ratio, &sizes);
    } else if cx.names.arms.len() > 1 && method == Some(AllocationMethod::PermutedBlocks) {
        block.find_here(Code::Missing, "ratio is missing", "ratio = { ARM = 1, ... } with every arm");
    }
    let (strata, blind) = (block.texts("strata"), block.texts("blind"));
    Some(Allocation { head, ratio, method: method?, blocks: sizes, strata, blinding: blinding?, blind })
}

fn check_ratio(block: &Block<'_>, ratio: &Blocks<ArmId, u32>, sizes: &[u32]) {
    let named: BTreeSet<&str> = ratio.ids().map(ArmId::as_str).collect();
    if named != block.cx.names.arms.iter().map(String::as_str).collect() {
        block.find_at("ratio", Code::DoesNotFit, "ratio and arms differ", "every arm once");
    }
    let total: u64 = ratio.values().map(|share| u64::from(*share)).sum();
    if total == 0 {
        block.find_at("ratio", Code::DoesNotFit, "a ratio of nothing", "whole numbers, not all 0");
    } else if sizes.iter().any(|size| u64::from(*size) % total != 0) {
        let found = format!("a block is no multiple of the ratio, which adds up to {total}");
        block.find_at("blocks", Code::DoesNotFit, found, format!("multiples of {total}"));
    }
}

/// A table of whole numbers by id, such as `ratio = { msc = 1, control = 1 }`.
pub(super) fn by_name<K>(block: &Block<'_>, key: &str) -> Blocks<K, u32>
where
    K: std::str::FromStr<Err = crate::ids::InvalidId> + Ord + Clone,
{
    let one = |entry: &crate::document::Entry| {
        let count = whole(&entry.node.value);
        if count.is_none() {
            let found = format!("{key}.{} is {}", quote(&entry.key), entry.node.value.kind());
            block.find(entry.node.at.start, Code::WrongShape, found, "a whole number from 0");
        }
        Some((block.id(&entry.key, entry.at.start)?, count?))
    };
    block.entries(key).iter().filter_map(one).collect()
}

/// `[cohort.x]`; `base` is the injections of the investigational regimen.
pub(super) fn cohorts(cx: &Context<'_>, base: &Inject) -> Blocks<CohortId, Cohort> {
    blocks(cx, "cohort", &COHORT, |block, id| Some(cohort(block, id, base)))
}

fn cohort(block: &Block<'_>, id: CohortId, base: &Inject) -> Cohort {
    let own = inject::read(block);
    let dose = block.scalar("dose");
    inject::check_sum(block, &own.over(base), dose.as_ref());
    let times = block.count("times");
    if times.is_some_and(|times| times > 1) && !block.has("every") {
        block.find_at("times", Code::Missing, "repeats without an interval", "every = \"SPAN\"");
    }
    let returns = block
        .text_at("returns")
        .and_then(|(text, at)| block.name("cohort", text, at, &block.cx.names.cohorts));
    Cohort {
        id,
        head: block.head(),
        size: block.table.get("size").and_then(|entry| size(block, &entry.node)),
        who: block.condition("who", &block.cx.dictionaries.facts),
        inject: own,
        dose,
        times,
        every: block.scalar("every"),
        returns,
        needs: block.texts("needs"),
    }
}

fn size(block: &Block<'_>, node: &Node) -> Option<CohortSize> {
    let read = match &node.value {
        Value::Text(text) => match text.split_once("..") {
            Some((least, most)) => least.parse().ok().zip(most.parse().ok()),
            None => text.parse().ok().map(|size| (size, size)),
        },
        value => whole(value).map(|size| (size, size)),
    };
    match read {
        Some((least, most)) if least <= most => Some(CohortSize { least, most }),
        _ => {
            let found = format!("size = {}", quote(&super::written(&node.value).join(", ")));
            block.find(node.at.start, Code::NotAScalar, found, "a whole number, or a range such as \"3..5\"");
            None
        }
    }
}

/// `[escalation]`.
pub(super) fn escalation(cx: &Context<'_>) -> Option<Escalation> {
    let block = single(cx, "escalation", &ESCALATION)?;
    let head = block.head();
    let rule = block.word("rule", EscalationRule::from_word, EscalationRule::WORDS);
    let texts = block.texts_at("order");
    let named: BTreeSet<&str> = texts.iter().map(|(text, _)| *text).collect();
    let differs = named != cx.names.cohorts.iter().map(String::as_str).collect();
    if differs || named.len() != texts.len() {
        block.find_at("order", Code::DoesNotFit, "order and cohorts differ", "every cohort once");
    }
    let order = texts.into_iter().filter_map(|(text, at)| block.id(text, at)).collect();
    let next = block.inner("next").map(|inner| next(&inner));
    let decide = block.roles("decide");
    let gates = block.tables("gates").iter().filter_map(gate).collect();
    Some(Escalation { head, rule: rule?, order, next: next?, decide, gates })
}

fn next(block: &Block<'_>) -> NextCohort {
    block.check_keys(&Keys { may: &["completed", "observed", "after", "with"], must: &[] }, &[]);
    let after = block.text_at("after").and_then(|(text, at)| {
        let anchor = block.scalar_of("after", text, at)?;
        block.check_anchor("after", &anchor, at, false).then_some(anchor)
    });
    NextCohort {
        completed: block.count("completed"),
        observed: block.scalar("observed"),
        after,
        without: block.text_at("with").and_then(|(text, at)| no_event(block, text, at)),
    }
}

fn no_event(block: &Block<'_>, text: &str, at: usize) -> Option<EventId> {
    match text.strip_prefix("no ") {
        Some(event) => block.name("event", event, at, &block.cx.names.events),
        None => {
            block.find(at, Code::NotAScalar, format!("with = '{}'", quote(text)), "no EVENT, such as no dlt");
            None
        }
    }
}

fn gate(block: &Block<'_>) -> Option<Gate> {
    block.check_keys(&Keys { may: &["before", "decide"], must: &["before", "decide"] }, &[]);
    let (text, at) = block.text_at("before")?;
    let before = block.name("cohort", text, at, &block.cx.names.cohorts)?;
    Some(Gate { before, decide: block.roles("decide") })
}

/// `[stagger]`.
pub(super) fn stagger(cx: &Context<'_>) -> Option<Stagger> {
    let block = single(cx, "stagger", &STAGGER)?;
    let (head, between, gap) = (block.head(), block.text("between"), block.scalar("gap"));
    Some(Stagger { head, between, gap: gap? })
}
