//! What of other services' words a file asks enrollment about: the facts of its criteria, cohorts, strata and of the
//! events that enrollment finds; and those events. What nobody asks is not kept.

use holdpoint_protocol::Protocol;
use holdpoint_protocol::condition::Condition;
use holdpoint_protocol::dictionary::{Derivation, Fact, FactKind};
use holdpoint_protocol::ids::{EventId, FactId, RegimenId};
use holdpoint_protocol::model::Event;

/// Whether a fact is read by a criterion, a cohort, a stratum or an event of enrollment's.
pub fn asks_fact(protocol: &Protocol, fact: &FactId) -> bool {
    let criteria = protocol.include.values().chain(protocol.exclude.values());
    let criteria = criteria.filter_map(|criterion| criterion.when.as_ref());
    let cohorts = protocol.cohorts.values().filter_map(|cohort| cohort.who.as_ref());
    let events = own_events(protocol).filter_map(|event| Some(&event.run.as_ref()?.when));
    let mut conditions = criteria.chain(cohorts).chain(events);
    let strata = &protocol.allocation.strata;
    conditions.any(|when| reads(when, fact)) || strata.iter().any(|factor| factor == fact.as_str())
}

/// Whether a condition reads a fact, by itself or through what is reckoned from it.
fn reads(when: &Condition, fact: &FactId) -> bool {
    when.atoms().iter().any(|atom| atom.fact.id == *fact || reckoned_from(&atom.fact, fact))
}

fn reckoned_from(declared: &Fact, fact: &FactId) -> bool {
    match &declared.derive {
        Some(Derivation::Mosteller { weight, height }) => weight == fact || height == fact,
        Some(Derivation::Slope { of }) => of == fact,
        None => false,
    }
}

/// The events of the file that enrollment finds in what was recorded: those that labs can not find from results alone,
/// and that need more than the arm and a dose. Adverse events are safety's.
pub fn own_events(protocol: &Protocol) -> impl Iterator<Item = &Event> {
    let found = |event: &&Event| {
        let in_data = event.run.is_some() || !event.all_of.is_empty();
        in_data && event.on.is_none() && !is_laboratory(protocol, event, protocol.events.len())
    };
    protocol.events.values().filter(found)
}

/// Whether results of the laboratory alone show it: runs of facts that a laboratory sends, and what is made of such.
/// `depth` is how many events may still stand on each other.
fn is_laboratory(protocol: &Protocol, event: &Event, depth: usize) -> bool {
    if event.confirm.is_some() || event.on.is_some() {
        return false;
    }
    let facts = event.run.iter().flat_map(|run| run.when.atoms()).map(|atom| &atom.fact);
    let measured: Vec<_> = facts.filter(|fact| !is_reckoned_time(fact)).collect();
    let sent = !measured.is_empty() || event.run.is_none();
    let part = |part: &EventId| {
        let part = protocol.event(part);
        part.is_some_and(|part| depth > 0 && is_laboratory(protocol, part, depth - 1))
    };
    let found = event.run.is_some() || !event.all_of.is_empty();
    found && sent && measured.into_iter().all(|fact| fact.loinc.is_some()) && event.all_of.iter().all(part)
}

fn is_reckoned_time(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_))
}

/// Whether something that another service derived or recorded is read here: a criterion stands on it, a fact counts from
/// it, or an event of enrollment's is made of it, counts from it, or goes without it.
pub fn asks_event(protocol: &Protocol, event: &EventId) -> bool {
    let criteria = protocol.include.values().chain(protocol.exclude.values());
    let mut stands_on = criteria.filter_map(|criterion| criterion.on.as_ref());
    let made_of = |own: &Event| {
        let without = own.run.as_ref().and_then(|run| run.without.as_ref());
        own.all_of.contains(event) || without.is_some_and(|without| without.event == *event)
    };
    stands_on.any(|on| on == event) || own_events(protocol).any(made_of)
}

/// The event of the file that a change of a drug's level is: "tpo-ra-stopped", where the file has such an event.
pub fn drug_event(protocol: &Protocol, regimen: &RegimenId, change: &str) -> Option<EventId> {
    let event: EventId = format!("{regimen}-{change}").parse().ok()?;
    let of_people = protocol.event(&event).is_some_and(Event::is_recorded_by_people);
    of_people.then_some(event)
}
