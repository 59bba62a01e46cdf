//! Whether a trial file's rules look at an event at all: what they do not name needs neither keeping nor asking again.

use holdpoint_protocol::Protocol;
use holdpoint_protocol::ids::EventId;
use holdpoint_protocol::model::{Event, Report, Rule};
use holdpoint_protocol::scalar::{Anchor, Moment, Within};

/// Whether a rule, a report, an event that adverse events are asked about, or the escalation names this event.
pub fn mentions(protocol: &Protocol, event: &EventId) -> bool {
    let escalation = protocol.escalation.as_ref();
    protocol.rules.values().any(|rule| in_rule(rule, event))
        || protocol.reports.values().any(|report| in_report(report, event))
        || protocol.events.values().any(|other| in_event(other, event))
        || escalation.is_some_and(|escalation| {
            escalation.next.without.as_ref() == Some(event)
                || escalation.next.after == Some(Anchor::Event(event.clone()))
        })
}

fn in_rule(rule: &Rule, event: &EventId) -> bool {
    let moments = rule.after.iter().chain(&rule.before);
    rule.on.as_ref() == Some(event) || within(rule.within.as_ref(), event) || anchored(moments, event)
}

fn in_report(report: &Report, event: &EventId) -> bool {
    report.on.as_ref() == Some(event) || within(report.within.as_ref(), event)
}

/// An event that is found by looking at another one.
fn in_event(other: &Event, event: &EventId) -> bool {
    other.on.is_some() && (other.on.as_ref() == Some(event) || within(other.within.as_ref(), event))
}

fn within(window: Option<&Within>, event: &EventId) -> bool {
    window.is_some_and(|window| window.after == Anchor::Event(event.clone()))
}

fn anchored<'a>(moments: impl Iterator<Item = &'a Moment>, event: &EventId) -> bool {
    moments.into_iter().any(|moment| *moment.anchor() == Anchor::Event(event.clone()))
}
