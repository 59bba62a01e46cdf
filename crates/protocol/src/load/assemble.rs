//! Puts the blocks together: the trial file's own, and the house policy that it does not replace.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, Names};
use super::dictionary::Dictionaries;
use super::findings::Findings;
use super::{
    eligibility, event, governance, groups, house, outcome, rule, sample_size, schedule, study, treatment,
};
use crate::document::{Table, Value};
use crate::finding::Code;
use crate::hash;
use crate::ids::TrialId;
use crate::model::{CriterionKind, Inject, Origin, RegimenRole};
use crate::protocol::Protocol;

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
    let protocol = read_blocks(&cx)?;
    let tables = dictionaries.tables.into_iter().map(|(uses, table)| (uses.name, table)).collect();
    Some(Protocol { document: root, dictionaries: tables, ..protocol })
}

/// Every block is read before the first that is missing ends it, so that all findings are gathered.
fn read_blocks(cx: &Context<'_>) -> Option<Protocol> {
    let policy = house::policy(cx);
    let id = top_id(cx);
    let source = source_table(cx);
    let (version, title) = (top_text(cx, "version"), top_text(cx, "title"));
    let study = study::study(cx);
    let arms = groups::arms(cx);
    let allocation = groups::allocation(cx);
    let regimens = treatment::regimens(cx);
    let investigational = regimens.values().find(|regimen| regimen.role == RegimenRole::Investigational);
    let base = investigational.map_or_else(Inject::default, |regimen| regimen.inject.clone());
    let windows = schedule::windows(cx);
    let sample_size = sample_size::sample_size(cx, &arms);
    let include = eligibility::criteria(cx, CriterionKind::Include);
    let exclude = eligibility::criteria(cx, CriterionKind::Exclude);
    let products = treatment::products(cx);
    let cohorts = groups::cohorts(cx, &base);
    let escalation = groups::escalation(cx);
    let stagger = groups::stagger(cx);
    let events = event::events(cx);
    let phases = schedule::phases(cx, windows.as_ref());
    let responses = outcome::responses(cx);
    let endpoints = outcome::endpoints(cx);
    let rules = rule::rules(cx);
    let changes = governance::changes(cx);
    let ethics = governance::ethics(cx);
    let analysis = governance::analysis(cx);
    let amendment = governance::amendment(cx);
    let open = governance::open(cx);
    Some(Protocol {
        id: id?,
        version: version?,
        title: title?,
        digest: hash::digest(cx.root, &cx.dictionaries.tables),
        uses: cx.dictionaries.tables.iter().map(|(uses, _)| uses.clone()).collect(),
        source: study::source(source?),
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
        adverse_events: policy.adverse_events?,
        rules,
        reports: policy.reports,
        records: policy.records?,
        changes,
        ethics,
        analysis,
        amendment,
        open,
        facts: cx.dictionaries.facts.clone(),
        adverse_event_facts: cx.dictionaries.adverse_event_facts.clone(),
        lot_facts: cx.dictionaries.lot_facts.clone(),
        recorded_events: cx.dictionaries.events.clone(),
        activities: cx.dictionaries.activities.clone(),
        tally: cx.tally.take(),
        dictionaries: BTreeMap::new(),
        document: Table::default(),
        file: String::new(),
        text: "".into(),
    })
}

/// What a `ref` may name: the works and sections of `[source]`, and the dictionaries.
pub(super) fn sources(root: &Table, dictionaries: &Dictionaries) -> BTreeSet<String> {
    let mut sources: BTreeSet<String> =
        dictionaries.tables.iter().map(|(uses, _)| uses.name.clone()).collect();
    if let Some(table) = root.table("source") {
        let source = study::source(table);
        sources.extend(source.works.into_iter().map(|(key, _)| key));
        sources.extend(source.sections);
    }
    sources
}

fn source_table<'a>(cx: &Context<'a>) -> Option<&'a Table> {
    let entry = cx.root.get("source")?;
    match &entry.node.value {
        Value::Table(table) => Some(table),
        other => {
            cx.find(
                entry.at.start,
                Code::WrongShape,
                "source",
                format!("source is {}", other.kind()),
                "[source]",
            );
            None
        }
    }
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
