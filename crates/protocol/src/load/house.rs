//! House policy: what a dictionary says where the trial file says nothing. A block of the same name in
//! the trial file replaces it (format 3.2).

use std::cell::RefCell;

use super::assemble::sources;
use super::context::{Context, Tally};
use super::dictionary::file_of;
use super::findings::Findings;
use super::{adverse_events, governance, rule};
use crate::blocks::Blocks;
use crate::dictionary::DictionaryRef;
use crate::document::Table;
use crate::finding::Code;
use crate::ids::ReportId;
use crate::model::{AdverseEvents, Origin, Records, Report};

/// Adverse events, records and reports, by whomever.
#[derive(Default)]
pub(super) struct Policy {
    pub(super) adverse_events: Option<AdverseEvents>,
    pub(super) records: Option<Records>,
    pub(super) reports: Blocks<ReportId, Report>,
}

/// The trial file's own policy, and the house's where it says nothing.
pub(super) fn policy(cx: &Context<'_>) -> Policy {
    let house = house(cx);
    let adverse_events = adverse_events::adverse_events(cx).or(house.adverse_events);
    let records = governance::records(cx).or(house.records);
    for (kind, there) in [("adverse-events", adverse_events.is_some()), ("records", records.is_some())] {
        if !there && cx.root.get(kind).is_none() {
            let allowed = format!("[{kind}], here or in a dictionary of house policy");
            cx.find(0, Code::Missing, kind, "missing", allowed);
        }
    }
    let mut reports = rule::reports(cx);
    for (id, report) in house.reports.iter() {
        reports.insert(id.clone(), report.clone());
    }
    Policy { adverse_events, records, reports }
}

/// Reads the policy blocks of the dictionaries, the later one over the earlier of the same name. What is
/// wrong in one that the trial file replaces is nobody's concern, so only those that apply are read.
fn house(cx: &Context<'_>) -> Policy {
    let mut house = Policy::default();
    for (uses, table) in &cx.dictionaries.tables {
        one_policy(cx, uses, table, &mut house);
    }
    house
}

fn one_policy(cx: &Context<'_>, uses: &DictionaryRef, table: &Table, house: &mut Policy) {
    let at_uses = cx.root.get("uses").map_or(0, |entry| entry.at.start);
    let findings = Findings::new(&file_of(uses), "");
    let mut sources = sources(table, cx.dictionaries);
    sources.insert(uses.name.clone());
    let policy = Context {
        findings: &findings,
        root: table,
        dictionaries: cx.dictionaries,
        names: cx.names,
        sources,
        origin: Origin::House(uses.clone()),
        tally: RefCell::<Tally>::default(),
    };
    if cx.root.get("adverse-events").is_none() {
        house.adverse_events = adverse_events::adverse_events(&policy).or(house.adverse_events.take());
    }
    if cx.root.get("records").is_none() {
        house.records = governance::records(&policy).or(house.records.take());
    }
    for (id, report) in rule::reports(&policy).iter().filter(|(id, _)| !names_report(cx.root, id)) {
        house.reports.insert(id.clone(), report.clone());
    }
    for finding in findings.into_list() {
        let found = format!("{}: [{}] {}", finding.file, finding.block, finding.found);
        cx.find(at_uses, Code::BadDictionary, "uses", found, finding.allowed);
    }
}

fn names_report(root: &Table, id: &ReportId) -> bool {
    root.table("report").is_some_and(|reports| reports.get(id.as_str()).is_some())
}
