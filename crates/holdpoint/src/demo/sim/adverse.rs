//! Invented adverse events: ordinary ones that wake no rule of the file, and the one that suspends the trial by the file's own rule.
//! Both come from the file's conditions, and say everything that its form asks.

use std::collections::BTreeMap;

use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::{FactDomain, FactKind};
use holdpoint_protocol::ids::FactId;
use rust_decimal::Decimal;

use super::chance::Chance;
use super::draw::{Drawn, draw};
use super::outline::suspending_rule;
use super::wish::{Wish, fulfil};

/// The built-in event.
pub(super) const ADVERSE_EVENT: &str = "adverse-event";

/// What happens to people in any trial, in CTCAE's terms.
const TERMS: &[&str] = &[
    "Fever",
    "Headache",
    "Nausea",
    "Fatigue",
    "Diarrhea",
    "Rash maculo-papular",
    "Back pain",
    "Insomnia",
    "Cough",
];

/// An adverse event as its reporter writes it.
#[derive(Debug, Clone)]
pub(crate) struct Adverse {
    pub term: String,
    pub facts: BTreeMap<FactId, Drawn>,
}

/// An ordinary event of the lowest grades; none where the file's rules leave no such thing.
pub(crate) fn ordinary(protocol: &Protocol, chance: &mut Chance) -> Option<Adverse> {
    let mut facts = drawn(protocol, None, chance)?;
    fill(protocol, &mut facts, Manner::Ordinary, chance);
    let term = chance.pick(TERMS).map_or("Fever", |term| term).to_owned();
    Some(Adverse { term, facts })
}

/// The event that wakes the file's suspending rule, and no other that the file can be spared; none where it has no such rule.
pub(crate) fn suspending(protocol: &Protocol, chance: &mut Chance) -> Option<Adverse> {
    let rule = suspending_rule(protocol)?;
    let mut facts = drawn(protocol, rule.when.as_ref(), chance)?;
    fill(protocol, &mut facts, Manner::LifeThreatening, chance);
    Some(Adverse { term: "Respiratory failure".to_owned(), facts })
}

/// Facts that make the wanted condition true and every other condition on adverse events false.
fn drawn(
    protocol: &Protocol,
    wanted: Option<&holdpoint_protocol::condition::Condition>,
    chance: &mut Chance,
) -> Option<BTreeMap<FactId, Drawn>> {
    let of_rules = protocol.rules.values().map(|rule| (rule.on.as_ref(), rule.when.as_ref()));
    let of_events =
        protocol.events.values().map(|event| (event.on.as_ref(), event.run.as_ref().map(|run| &run.when)));
    let others = of_rules
        .chain(of_events)
        .filter(|(on, _)| on.is_some_and(|on| on.as_str() == ADVERSE_EVENT))
        .filter_map(|(_, when)| when)
        .filter(|when| wanted.is_none_or(|wanted| wanted != *when));
    let wishes: Vec<Wish<'_>> =
        wanted.map(|when| (when, true)).into_iter().chain(others.map(|when| (when, false))).collect();
    let demands = fulfil(&wishes)?;
    let reckoned = |fact: &FactId| fact.as_str() == "dose-number";
    Some(
        demands
            .iter()
            .filter(|(fact, _)| !reckoned(fact))
            .map(|(fact, demand)| (fact.clone(), draw(demand, chance)))
            .collect(),
    )
}

/// How grave an event is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Ordinary,
    LifeThreatening,
}

/// Says what the form asks beside: in the words of the shared dictionary.
fn fill(protocol: &Protocol, facts: &mut BTreeMap<FactId, Drawn>, manner: Manner, chance: &mut Chance) {
    let grave = manner == Manner::LifeThreatening;
    let own = protocol.adverse_event_facts.values().filter(|fact| fact.domain == FactDomain::AdverseEvent);
    for fact in own {
        let id = fact.id.as_str();
        let value = match (&fact.kind, id) {
            (_, "dose-number") => continue,
            (_, "criterion") if grave => {
                Drawn::Words(vec!["life-threatening".to_owned(), "hospitalization".to_owned()])
            }
            _ if fact.many => Drawn::Words(Vec::new()),
            (_, "grade") if grave => Drawn::Number(Decimal::from(4)),
            (_, "grade") => Drawn::Number(Decimal::from(chance.between(1, 2))),
            (FactKind::YesNo, "serious") => Drawn::Yes(grave),
            (FactKind::YesNo, _) => Drawn::Yes(false),
            (_, "outcome") => Drawn::Word(if grave { "not-recovered" } else { "recovered" }.to_owned()),
            (_, "relatedness") => Drawn::Word("unlikely".to_owned()),
            (FactKind::Choice(words) | FactKind::Ordered(words), _) => match words.last() {
                Some(word) => Drawn::Word(word.to_string()),
                None => continue,
            },
            _ => continue,
        };
        // A word that the file's own conditions do not decide is said too; what they decide stands.
        let decided = facts.get(&fact.id).is_some_and(|known| !matches!(known, Drawn::Words(_)));
        if !decided {
            facts.insert(fact.id.clone(), value);
        }
    }
}

#[cfg(test)]
#[path = "adverse_tests.rs"]
mod tests;
