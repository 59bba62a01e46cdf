//! Reads the dictionaries that a trial uses: facts, events, activities, and house policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fact;
use super::findings::Findings;
use crate::condition::FactScope;
use crate::dictionary::{Activity, Derivation, DictionaryRef, Fact, FactDomain, FactKind};
use crate::document::{Table, Value};
use crate::finding::{Code, Finding};
use crate::ids::{ActivityId, EventId};

/// All that the used dictionaries declare.
#[derive(Default)]
pub(super) struct Dictionaries {
    pub(super) facts: FactScope,
    pub(super) adverse_event_facts: FactScope,
    pub(super) lot_facts: FactScope,
    /// Facts of the subject and of the adverse event, where a rule is woken by one.
    pub(super) facts_and_adverse_event: FactScope,
    pub(super) events: BTreeMap<EventId, String>,
    pub(super) activities: BTreeMap<ActivityId, Activity>,
    /// The files as they stand, in the order of `uses`.
    pub(super) tables: Vec<(DictionaryRef, Table)>,
}

impl Dictionaries {
    /// Adds one dictionary; what is wrong in it is a finding in its own file.
    pub(super) fn add(&mut self, uses: DictionaryRef, text: &str) -> Result<(), Vec<Finding>> {
        let findings = Findings::new(&file_of(&uses), text);
        let table = match crate::document::parse(text) {
            Ok(table) => table,
            Err(errors) => {
                for error in errors {
                    findings.add(error.at, Code::NotReadable, "", &error.what, "TOML");
                }
                return Err(findings.into_list());
            }
        };
        for entry in &table.entries {
            let known = ["format", "id", "version", "fact", "event", "activity", "source"];
            let policy = ["report", "adverse-events", "records"];
            if !known.contains(&entry.key.as_str()) && !policy.contains(&entry.key.as_str()) {
                let found = format!("unknown block '{}'", super::findings::quote(&entry.key));
                findings.add(entry.at.start, Code::UnknownBlock, "", &found, &known.join(", "));
            }
        }
        self.read_facts(&table, &findings);
        self.read_events(&table, &findings);
        self.read_activities(&table, &findings);
        self.tables.push((uses, table));
        if findings.is_empty() { Ok(()) } else { Err(findings.into_list()) }
    }

    fn read_facts(&mut self, table: &Table, findings: &Findings<'_>) {
        let Some(facts) = table.table("fact") else { return };
        for entry in &facts.entries {
            let scope = match entry.key.as_str() {
                "adverse-event" => Some((&mut self.adverse_event_facts, FactDomain::AdverseEvent)),
                "product" => Some((&mut self.lot_facts, FactDomain::Lot)),
                _ => None,
            };
            match (scope, &entry.node.value) {
                (Some((scope, domain)), Value::Table(inner)) => {
                    let read = inner.entries.iter().filter_map(|entry| fact::read(entry, domain, findings));
                    scope.extend(read.map(|fact| (fact.id.clone(), Arc::new(fact))));
                }
                _ => {
                    if let Some(fact) = fact::read(entry, FactDomain::Subject, findings) {
                        self.facts.insert(fact.id.clone(), Arc::new(fact));
                    }
                }
            }
        }
    }

    fn read_events(&mut self, table: &Table, findings: &Findings<'_>) {
        for entry in table.table("event").map(|table| table.entries.as_slice()).unwrap_or_default() {
            match (entry.key.parse(), &entry.node.value) {
                (Ok(id), Value::Text(meaning)) => {
                    self.events.insert(id, meaning.clone());
                }
                _ => findings.add(
                    entry.at.start,
                    Code::BadDictionary,
                    "event",
                    "no event",
                    "ID = \"what it means\"",
                ),
            }
        }
    }

    fn read_activities(&mut self, table: &Table, findings: &Findings<'_>) {
        for entry in table.table("activity").map(|table| table.entries.as_slice()).unwrap_or_default() {
            match fact::activity(entry, findings) {
                Some(activity) => {
                    self.activities.insert(activity.id.clone(), activity);
                }
                None => {
                    let allowed = "ID = { label = \"...\", yields = [\"fact\"] }";
                    findings.add(entry.at.start, Code::BadDictionary, "activity", "no activity", allowed);
                }
            }
        }
    }

    /// Once all are added: what they and the trial say of each other must fit.
    pub(super) fn close(&mut self, trial_events: &[&str], findings: &Findings<'_>) {
        self.facts_and_adverse_event = self.facts.clone();
        let extra = self.adverse_event_facts.iter().map(|(id, fact)| (id.clone(), Arc::clone(fact)));
        self.facts_and_adverse_event.extend(extra);
        let known =
            |event: &EventId| self.events.contains_key(event) || trial_events.contains(&event.as_str());
        for fact in
            [&self.facts, &self.adverse_event_facts, &self.lot_facts].into_iter().flat_map(BTreeMap::values)
        {
            self.close_fact(fact, &known, findings);
        }
        for activity in self.activities.values() {
            for fact in activity.yields.iter().filter(|fact| !self.facts.contains_key(*fact)) {
                let block = format!("activity.{}", activity.id);
                findings.add(
                    0,
                    Code::BadDictionary,
                    &block,
                    &format!("unknown fact '{fact}'"),
                    "a fact of a subject",
                );
            }
        }
    }

    fn close_fact(&self, fact: &Fact, known: &impl Fn(&EventId) -> bool, findings: &Findings<'_>) {
        let block = format!("fact.{}", fact.id);
        if let FactKind::Elapsed(since) | FactKind::Completed(since) = &fact.kind
            && !known(&since.0)
        {
            findings.add(
                0,
                Code::BadDictionary,
                &block,
                &format!("unknown event '{}'", since.0),
                "a declared event",
            );
        }
        let sources = match &fact.derive {
            Some(Derivation::Mosteller { weight, height }) => vec![weight, height],
            Some(Derivation::Slope { of }) => vec![of],
            None => Vec::new(),
        };
        for source in sources.into_iter().chain(&fact.part_of).filter(|id| !self.facts.contains_key(*id)) {
            findings.add(
                0,
                Code::BadDictionary,
                &block,
                &format!("unknown fact '{source}'"),
                "a fact of a subject",
            );
        }
    }
}

/// The name under which a dictionary's findings are reported.
pub(super) fn file_of(uses: &DictionaryRef) -> String {
    format!("dictionary/{}.toml", uses.name)
}
