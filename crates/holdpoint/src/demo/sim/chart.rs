//! An invented candidate: a chart that meets every criterion of the file, or fails exactly one of them. What the file asks at
//! allocation is prepared too: the facts behind an event that an investigator must confirm.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_protocol::Protocol;
use holdpoint_protocol::condition::Condition;
use holdpoint_protocol::ids::{EventId, FactId};
use holdpoint_protocol::model::{Criterion, CriterionKind, CriterionStep};

use super::chance::Chance;
use super::draw::{Drawn, draw};
use super::wish::{Demands, Wish, fulfil};

/// What is known of a candidate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    /// Facts that the criteria of registration look at.
    pub at_screening: BTreeMap<FactId, Drawn>,
    /// Facts that only allocation looks at.
    pub at_allocation: BTreeMap<FactId, Drawn>,
    /// How many days before the screening each event lay that a fact counts from.
    pub since: BTreeMap<EventId, i64>,
    /// What an investigator signs, by the criterion's written name.
    pub attested: BTreeMap<String, bool>,
    /// Documents signed with the consent.
    pub documents: BTreeSet<String>,
    /// The criterion that keeps the candidate out, where one does.
    pub fails: Option<String>,
}

/// The event that counts a subject's age.
const BIRTH: &str = "birth";

/// Days from the screening to the allocation: what is asked then must hold then.
pub(crate) const TO_ALLOCATION_DAYS: i64 = 5;

/// A chart that meets every criterion, and what a cohort asks beside.
pub(crate) fn eligible(
    protocol: &Protocol,
    cohort: Option<&Condition>,
    chance: &mut Chance,
) -> Option<Chart> {
    of(protocol, None, cohort, chance)
}

/// A chart that fails one criterion, drawn among those that a chart can fail; none where the file has none.
pub(crate) fn ineligible(protocol: &Protocol, chance: &mut Chance) -> Option<Chart> {
    let failable: Vec<&Criterion> = criteria(protocol)
        .filter(|one| asked_at_registration(one) && (one.when.is_some() || one.attest.is_some()))
        .collect();
    let chosen = chance.pick(&failable).copied()?;
    of(protocol, Some(chosen), None, chance)
}

/// A criterion's written name: "include.age".
pub(crate) fn name(criterion: &Criterion) -> String {
    format!("{}.{}", criterion.kind, criterion.id)
}

/// The events that must be confirmed before an allocation.
pub(crate) fn confirmed_before_allocation(protocol: &Protocol) -> Vec<&EventId> {
    let on = criteria(protocol).filter_map(|criterion| criterion.on.as_ref());
    on.filter(|event| protocol.event(event).is_some_and(|event| event.confirm.is_some())).collect()
}

fn criteria(protocol: &Protocol) -> impl Iterator<Item = &Criterion> {
    protocol.include.values().chain(protocol.exclude.values())
}

fn asked_at_registration(criterion: &Criterion) -> bool {
    criterion.at != Some(CriterionStep::Randomization)
}

fn of(
    protocol: &Protocol,
    fails: Option<&Criterion>,
    cohort: Option<&Condition>,
    chance: &mut Chance,
) -> Option<Chart> {
    let wanted = |criterion: &Criterion| (criterion.kind == CriterionKind::Include) != is(criterion, fails);
    let wish = |criterion: &'_ Criterion| (criterion.when.is_some()).then(|| wanted(criterion));
    let early: Vec<Wish<'_>> = criteria(protocol)
        .filter(|criterion| asked_at_registration(criterion))
        .filter_map(|criterion| Some((criterion.when.as_ref()?, wish(criterion)?)))
        .collect();
    let late: Vec<Wish<'_>> = criteria(protocol)
        .filter_map(|criterion| Some((criterion.when.as_ref()?, wish(criterion)?)))
        .chain(confirmed_conditions(protocol).chain(cohort).map(|condition| (condition, true)))
        .collect();
    let asked_early: BTreeSet<FactId> = fulfil(&early)?.into_keys().collect();
    let mut chart = drawn(&fulfil(&late)?, &asked_early, chance);
    for criterion in criteria(protocol).filter(|one| one.attest.is_some()) {
        chart.attested.insert(name(criterion), wanted(criterion));
    }
    chart.documents = criteria(protocol).flat_map(|criterion| criterion.needs.iter().cloned()).collect();
    chart.fails = fails.map(name);
    Some(chart)
}

fn is(criterion: &Criterion, fails: Option<&Criterion>) -> bool {
    fails.is_some_and(|fails| fails.kind == criterion.kind && fails.id == criterion.id)
}

/// What an event that must be confirmed asks of the chart itself; its parts are found in the counts.
fn confirmed_conditions(protocol: &Protocol) -> impl Iterator<Item = &Condition> {
    let events = confirmed_before_allocation(protocol).into_iter();
    events.filter_map(|event| Some(&protocol.event(event)?.run.as_ref()?.when))
}

fn drawn(demands: &Demands, asked_early: &BTreeSet<FactId>, chance: &mut Chance) -> Chart {
    let mut chart = Chart::default();
    for (fact, demand) in demands {
        match draw(demand, chance) {
            Drawn::Since(event, days) => {
                // What allocation alone asks is reckoned on that later day.
                let ahead = if asked_early.contains(fact) { 0 } else { TO_ALLOCATION_DAYS };
                chart.since.insert(event, days - ahead);
            }
            value if asked_early.contains(fact) => drop(chart.at_screening.insert(fact.clone(), value)),
            value => drop(chart.at_allocation.insert(fact.clone(), value)),
        }
    }
    if !chart.since.contains_key(BIRTH)
        && let Ok(birth) = BIRTH.parse()
    {
        chart.since.insert(birth, chance.between(30 * 365, 60 * 365));
    }
    chart
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
