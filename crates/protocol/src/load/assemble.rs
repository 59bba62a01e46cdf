//! Puts the blocks together: the trial file's own, and the house policy that it does not replace.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, Names, Tally};
use super::dictionary::{Dictionaries, file_of};
use super::findings::Findings;
use super::{
    adverse_events, eligibility, event, governance, groups, outcome, rule, sample_size, schedule, study,
    treatment,
};
use crate::blocks::Blocks;
use crate::dictionary::DictionaryRef;
use crate::document::{Table, Value};
use crate::finding::Code;
use crate::hash;
use crate::ids::{ReportId, TrialId};
use crate::model::{AdverseEvents, CriterionKind, Inject, Origin, Records, RegimenRole, Report};
use crate::protocol::Protocol;

/// What house policy says where the trial file says nothing.
#[derive(Default)]
struct House {
    adverse_events: Option<AdverseEvents>,
    records: Option<Records>,
    reports: Blocks<ReportId, Report>,
}

/// Reads every block; none when one that is needed could not be read, which is then a finding.
pub(super) fn assemble(findings: &Findings<'_>, root: Table, dictionaries: Dictionaries) -> Option<Protocol> {
    let names = Names::of(&root, &dictionaries);
    let cx = Context {
        findings,
        root: &root,
        dictionaries: &dictionaries,
        names: &names,
        sources: sources(&root, &dictionaries),
        origin: Origin::Trial,
        tally: RefCell::default(),
    };
    let house = house(&cx);
    let id = top_id(&cx);
    let (version, title) = (top_text(&cx, "version"), top_text(&cx, "title"));
    let study = study::study(&cx);
    let arms = groups::arms(&cx);
    let allocation = groups::allocation(&cx);
    let regimens = treatment::regimens(&cx);
    let investigational = regimens.values().find(|regimen| regimen.role == RegimenRole::Investigational);
    let base = investigational.map_or_else(Inject::default, |regimen| regimen.inject.clone());
    let windows = schedule::windows(&cx);
    let adverse_events = adverse_events::adverse_events(&cx).or(house.adverse_events);
    let records = governance::records(&cx).or(house.records);
    for (kind, there) in [("adverse-events", adverse_events.is_some()), ("records", records.is_some())] {
        if !there && root.get(kind).is_none() {
            cx.find(
                0,
                Code::Missing,
                kind,
                "missing",
                format!("[{kind}], here or in a dictionary of house policy"),
            );
        }
    }
    let mut reports = rule::reports(&cx);
    for (id, report) in house.reports.iter().filter(|(id, _)| !names_report(&root, id)) {
        reports.insert(id.clone(), report.clone());
    }
    let sample_size = sample_size::sample_size(&cx, &arms);
    // Every block is read before the first that is missing ends it, so that all findings are gathered.
    let include = eligibility::criteria(&cx, CriterionKind::Include);
    let exclude = eligibility::criteria(&cx, CriterionKind::Exclude);
    let products = treatment::products(&cx);
    let cohorts = groups::cohorts(&cx, &base);
    let escalation = groups::escalation(&cx);
    let stagger = groups::stagger(&cx);
    let events = event::events(&cx);
    let phases = schedule::phases(&cx, windows.as_ref());
    let responses = outcome::responses(&cx);
    let endpoints = outcome::endpoints(&cx);
    let rules = rule::rules(&cx);
    let changes = governance::changes(&cx);
    let ethics = governance::ethics(&cx);
    let analysis = governance::analysis(&cx);
    let amendment = governance::amendment(&cx);
    let open = governance::open(&cx);
    let protocol = Protocol {
        id: id?,
        version: version?,
        title: title?,
        digest: hash::digest(&root, &dictionaries.tables),
        uses: dictionaries.tables.iter().map(|(uses, _)| uses.clone()).collect(),
        source: study::source(root.table("source")?),
        study: study?,
        include,
        exclude,
        arms,
        allocation: allocation?,
        sample_size,
        products,
        cohorts,
        regimens,
        escalation,
        stagger,
        events,
        phases,
        windows,
        responses,
        endpoints,
        adverse_events: adverse_events?,
        rules,
        reports,
        records: records?,
        changes,
        ethics,
        analysis,
        amendment,
        open,
        facts: dictionaries.facts.clone(),
        adverse_event_facts: dictionaries.adverse_event_facts.clone(),
        lot_facts: dictionaries.lot_facts.clone(),
        recorded_events: dictionaries.events.clone(),
        activities: dictionaries.activities.clone(),
        tally: cx.tally.into_inner(),
        dictionaries: BTreeMap::new(),
        document: Table::default(),
        file: String::new(),
        text: "".into(),
    };
    let tables = dictionaries.tables.into_iter().map(|(uses, table)| (uses.name, table)).collect();
    Some(Protocol { document: root, dictionaries: tables, ..protocol })
}

fn names_report(root: &Table, id: &ReportId) -> bool {
    root.table("report").is_some_and(|reports| reports.get(id.as_str()).is_some())
}

/// What a `ref` may name: the works and sections of `[source]`, and the dictionaries.
fn sources(root: &Table, dictionaries: &Dictionaries) -> BTreeSet<String> {
    let mut sources: BTreeSet<String> =
        dictionaries.tables.iter().map(|(uses, _)| uses.name.clone()).collect();
    if let Some(table) = root.table("source") {
        let source = study::source(table);
        sources.extend(source.works.into_iter().map(|(key, _)| key));
        sources.extend(source.sections);
    }
    sources
}

fn top_id(cx: &Context<'_>) -> Option<TrialId> {
    let text = top_text(cx, "id")?;
    let id = text.parse().ok();
    if id.is_none() {
        let at = cx.root.get("id").map_or(0, |entry| entry.node.at.start);
        cx.find(at, Code::NotAWord, "", "the id of the trial is no id", "1 to 64 letters, digits, - and _");
    }
    id
}

fn top_text(cx: &Context<'_>, key: &str) -> Option<String> {
    let entry = cx.root.get(key)?;
    match &entry.node.value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        other => {
            cx.find(
                entry.node.at.start,
                Code::WrongShape,
                "",
                format!("{key} is {}", other.kind()),
                "a text in quotes",
            );
            None
        }
    }
}

/// Reads the policy blocks of the dictionaries, the later one over the earlier of the same name. What is
/// wrong in one that the trial file replaces is nobody's concern, so only those that apply are read.
fn house(cx: &Context<'_>) -> House {
    let mut house = House::default();
    for (uses, table) in &cx.dictionaries.tables {
        one_policy(cx, uses, table, &mut house);
    }
    house
}

fn one_policy(cx: &Context<'_>, uses: &DictionaryRef, table: &Table, house: &mut House) {
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
