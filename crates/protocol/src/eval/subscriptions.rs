//! Which events a trial's rules and reports wait for: what a service must subscribe to (semantics 43).

use std::collections::{BTreeMap, BTreeSet};

use crate::Protocol;
use crate::ids::{EventId, ReportId, RuleId};

/// What one recorded event wakes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// Rules, also through events derived from it.
    pub rules: BTreeSet<RuleId>,
    /// Reports.
    pub reports: BTreeSet<ReportId>,
    /// Derived events that must be asked again.
    pub events: BTreeSet<EventId>,
}

/// Every event that people or services record, with what it wakes. A rule on a dose-limiting toxicity is
/// woken by adverse events; one on a run of counts by laboratory results.
pub fn subscriptions(protocol: &Protocol) -> BTreeMap<EventId, Woken> {
    let mut woken: BTreeMap<EventId, Woken> = BTreeMap::new();
    for event in protocol.events.values() {
        for root in roots(protocol, &event.id) {
            if root != event.id {
                woken.entry(root).or_default().events.insert(event.id.clone());
            }
        }
    }
    for rule in protocol.rules.values() {
        for root in rule.on.iter().flat_map(|on| roots(protocol, on)) {
            woken.entry(root).or_default().rules.insert(rule.id.clone());
        }
    }
    for report in protocol.reports.values() {
        for root in report.on.iter().flat_map(|on| roots(protocol, on)) {
            woken.entry(root).or_default().reports.insert(report.id.clone());
        }
    }
    woken
}

/// The recorded events that an event rests on; itself, when people record it.
fn roots(protocol: &Protocol, event: &EventId) -> BTreeSet<EventId> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![event.clone()];
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        match protocol.event(&id).filter(|event| !event.is_recorded_by_people()) {
            None => {
                found.insert(id);
            }
            Some(event) => {
                open.extend(event.on.clone());
                open.extend(event.all_of.iter().cloned());
                let moments = event.from.iter().chain(event.by_arm.values());
                open.extend(moments.filter_map(|moment| match moment.anchor() {
                    crate::scalar::Anchor::Event(id) => Some(id.clone()),
                    crate::scalar::Anchor::Dose(_) | crate::scalar::Anchor::EachDose => "dose".parse().ok(),
                    _ => None,
                }));
                open.extend(
                    event.run.iter().flat_map(|run| &run.without).map(|without| without.event.clone()),
                );
                if event.on.is_none() && event.run.is_some() {
                    open.extend("lab-result".parse::<EventId>());
                }
            }
        }
    }
    found
}
