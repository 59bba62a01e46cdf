//! What a trial file asks of the laboratory: which analytes are facts, which events follow from them alone, and which
//! responses are assessed by them. Worked out once a version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use holdpoint_clinical::{Analyte, LaboratoryUnit};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::condition::Condition;
use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::ids::{EventId, ResponseId};
use holdpoint_protocol::model::{CategoryTest, Event, Response};

use super::observation::LOINC;

/// A fact of the dictionaries that laboratories send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaboratoryFact {
    /// Its id: `platelets`.
    pub fact: String,
    /// Its unit, as the dictionary writes it: `e9/L`.
    pub unit: Option<String>,
    analyte: Option<(&'static Analyte, &'static LaboratoryUnit)>,
}

impl LaboratoryFact {
    /// The fact that a dictionary gives this LOINC code and unit.
    pub fn of(fact: &str, loinc: &str, unit: &str) -> Self {
        let analyte = Analyte::of_code(loinc);
        let units = analyte.and_then(|analyte| Some((analyte, analyte.unit(unit)?)));
        Self {
            fact: fact.to_owned(),
            unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
            analyte: units,
        }
    }

    /// The analyte and the unit of the dictionary, where there is a list of units for it.
    pub fn units(&self) -> Option<(&'static Analyte, &'static LaboratoryUnit)> {
        self.analyte
    }
}

/// What a version of a trial file asks of the laboratory.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The version.
    pub protocol: Arc<Protocol>,
    /// Events that follow from counts and transfusions alone, in the order of the file. What a role signs is not
    /// among them: enrollment asks for the signature.
    pub events: Vec<EventId>,
    /// Responses whose categories are reached by runs of counts.
    pub responses: Vec<ResponseId>,
    facts: BTreeMap<String, LaboratoryFact>,
}

impl Watched {
    /// Works it out.
    pub fn of(protocol: Arc<Protocol>) -> Self {
        let mut facts = BTreeMap::new();
        for (id, fact) in &protocol.facts {
            let Some(loinc) = &fact.loinc else { continue };
            let unit = fact.unit.as_ref().map_or("", |unit| unit.as_str());
            let known = LaboratoryFact::of(id.as_str(), loinc, unit);
            let codes = Analyte::of_code(loinc).map_or(&[][..], |analyte| analyte.codes);
            for code in codes.iter().copied().chain([loinc.as_str()]) {
                facts.insert(code.to_owned(), known.clone());
            }
        }
        let events = protocol.events.values().filter(|event| follows(&protocol, event, 0));
        let responses = protocol.responses.values().filter(|response| is_counted(response));
        Self {
            events: events.map(|event| event.id.clone()).collect(),
            responses: responses.map(|response| response.id.clone()).collect(),
            facts,
            protocol,
        }
    }

    /// The fact that an analyte is, where the trial has one.
    pub fn fact(&self, system: &str, code: &str) -> Option<&LaboratoryFact> {
        if system == LOINC { self.facts.get(code) } else { None }
    }

    /// The facts that laboratories send.
    pub fn facts(&self) -> BTreeSet<&str> {
        self.facts.values().map(|fact| fact.fact.as_str()).collect()
    }
}

/// Whether an event follows from what labs knows. Events that stand on each other in a circle are refused by the loader;
/// the depth keeps a slip there from ending here.
fn follows(protocol: &Protocol, event: &Event, depth: usize) -> bool {
    let data = event.on.is_none() && event.confirm.is_none() && event.by_arm.is_empty();
    let run = event.run.as_ref().is_none_or(|run| is_measured(&run.when));
    let part = |id: &EventId| match protocol.event(id) {
        Some(part) if depth < protocol.events.len() => follows(protocol, part, depth + 1),
        _ => false,
    };
    data && !event.is_recorded_by_people() && run && event.all_of.iter().all(part)
}

fn is_counted(response: &Response) -> bool {
    let mut runs = response.categories.iter().filter_map(|category| match &category.test {
        CategoryTest::Run(run) => Some(run),
        CategoryTest::Otherwise => None,
    });
    !response.categories.is_empty() && runs.all(|run| is_measured(&run.when))
}

/// Every fact is sent by a laboratory, or is time since an event; one at least is sent.
fn is_measured(condition: &Condition) -> bool {
    let sent = |fact: &Fact| fact.loinc.is_some();
    let elapsed = |fact: &Fact| matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_));
    let atoms = condition.atoms();
    atoms.iter().any(|atom| sent(&atom.fact))
        && atoms.iter().all(|atom| sent(&atom.fact) || elapsed(&atom.fact))
}
