//! What a block is read against: the names in the file, the dictionaries, and where findings go.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::dictionary::Dictionaries;
use super::findings::Findings;
use crate::document::{Entry, Node, Table, Value};
use crate::finding::Code;
use crate::ids::FactId;
use crate::model::Origin;

/// The file that is read, and all that it may name.
pub(super) struct Context<'a> {
    pub(super) findings: &'a Findings<'a>,
    pub(super) root: &'a Table,
    pub(super) dictionaries: &'a Dictionaries,
    pub(super) names: &'a Names,
    /// Sections, sources and dictionaries that a `ref` may name.
    pub(super) sources: BTreeSet<String>,
    pub(super) origin: Origin,
    pub(super) tally: RefCell<Tally>,
}

/// Counts of what was read, to be compared with what a reader of the paper counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks that carry a section.
    pub blocks: usize,
    /// Conditions.
    pub conditions: usize,
    /// Schedule lines.
    pub lines: usize,
    /// Facts that a condition names.
    pub facts: BTreeSet<FactId>,
}

/// The ids that the trial file declares, whatever else is wrong with it.
pub(super) struct Names {
    pub(super) events: BTreeSet<String>,
    pub(super) arms: BTreeSet<String>,
    pub(super) regimens: BTreeSet<String>,
    pub(super) products: BTreeSet<String>,
    pub(super) cohorts: BTreeSet<String>,
    pub(super) phases: BTreeSet<String>,
    pub(super) responses: BTreeSet<String>,
    pub(super) endpoints: BTreeSet<String>,
    /// The largest number of doses that any regimen or cohort plans.
    pub(super) doses: u32,
}

impl Names {
    pub(super) fn of(root: &Table, dictionaries: &Dictionaries) -> Self {
        let keys = |kind: &str| -> BTreeSet<String> {
            let table = root.table(kind);
            table
                .map(|table| table.entries.iter().map(|entry| entry.key.clone()).collect())
                .unwrap_or_default()
        };
        let mut events = keys("event");
        events.extend(dictionaries.events.keys().map(|id| id.as_str().to_owned()));
        let times = ["regimen", "cohort"].into_iter().filter_map(|kind| root.table(kind)).flat_map(|table| {
            table.entries.iter().filter_map(|entry| match &entry.node.value {
                Value::Table(block) => whole(block.value("times")?),
                _ => None,
            })
        });
        Self {
            events,
            arms: keys("arm"),
            regimens: keys("regimen"),
            products: keys("product"),
            cohorts: keys("cohort"),
            phases: keys("phase"),
            responses: keys("response"),
            endpoints: keys("endpoint"),
            doses: times.max().unwrap_or(1).max(1),
        }
    }
}

/// A whole number as written, underscores aside; none when it is no number of 32 bits.
pub(super) fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::Integer(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}

impl<'a> Context<'a> {
    /// Adds a finding at a key or value.
    pub(super) fn find(
        &self,
        at: usize,
        code: Code,
        block: &str,
        found: impl AsRef<str>,
        allowed: impl AsRef<str>,
    ) {
        self.findings.add(at, code, block, found.as_ref(), allowed.as_ref());
    }

    /// The entries of a table of blocks such as `[rule.x]`; what is no table of tables is a finding.
    pub(super) fn entries(&self, kind: &str) -> &'a [Entry] {
        match self.root.get(kind) {
            None => &[],
            Some(Entry { node: Node { value: Value::Table(table), .. }, .. }) => &table.entries,
            Some(entry) => {
                let found = format!("{kind} is {}", entry.node.value.kind());
                self.find(entry.at.start, Code::WrongShape, kind, found, format!("blocks [{kind}.x]"));
                &[]
            }
        }
    }
}
