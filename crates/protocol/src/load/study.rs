//! Reads the title page and the sources.

use super::block::{Block, Keys, single};
use super::context::Context;
use crate::document::{Table, Value};
use crate::finding::Code;
use crate::model::{Source, Study, TimelinePeriod};

const PARTICULARS: &[&str] = &[
    "phase",
    "design",
    "condition",
    "sponsor",
    "investigator",
    "partner",
    "sites",
    "grants",
    "objective",
    "hypothesis",
    "protocol-number",
    "started",
    "completed",
];
const STUDY: Keys = Keys {
    may: &[
        "phase",
        "design",
        "condition",
        "sponsor",
        "investigator",
        "partner",
        "sites",
        "grants",
        "objective",
        "hypothesis",
        "timeline",
        "protocol-number",
        "started",
        "completed",
    ],
    must: &[],
};
const PERIOD: Keys = Keys { may: &["from", "to", "what"], must: &["from", "to", "what"] };

/// `[study]`.
pub(super) fn study(cx: &Context<'_>) -> Option<Study> {
    let block = single(cx, "study", &STUDY)?;
    let timeline = block.tables("timeline").iter().filter_map(period).collect();
    Some(Study { head: block.head(), particulars: block.particulars(PARTICULARS), timeline })
}

fn period(block: &Block<'_>) -> Option<TimelinePeriod> {
    block.check_keys(&PERIOD, &[]);
    let (from, to, what) = (block.date("from"), block.date("to"), block.text("what"));
    let (from, to) = (from?, to?);
    if from > to {
        block.find_here(Code::DoesNotFit, "ends before it begins", "a first day, then a last day");
    }
    Some(TimelinePeriod { from, to, what: what? })
}

/// `[source]`: any key is a work; `sections` lists the paper's own.
pub(super) fn source(table: &Table) -> Source {
    let mut source = Source { sections: Vec::new(), works: Vec::new() };
    for entry in &table.entries {
        match (entry.key.as_str(), &entry.node.value) {
            ("sections", Value::List(_)) => source.sections = super::written(&entry.node.value),
            (key, value) => source.works.push((key.to_owned(), super::written(value).join(", "))),
        }
    }
    source
}
