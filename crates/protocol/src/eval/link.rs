//! Conditions with their windows, chained from what woke them: a rule on a dose-limiting toxicity asks the
//! adverse event first whether it is one, each at the times its facts took their values (semantics 8, 10).

use std::collections::BTreeSet;

use super::condition::ask;
use super::occasion::Occasion;
use super::time::Stamp;
use super::truth::{Answer, Truth};
use super::window;
use crate::Protocol;
use crate::condition::Condition;
use crate::ids::EventId;
use crate::model::{Event, Report, Rule};
use crate::scalar::{Moment, Within};

/// One condition with its windows: that of a rule, or of the derived event it stands on.
#[derive(Clone, Copy, Default)]
pub(super) struct Link<'a> {
    when: Option<&'a Condition>,
    within: Option<&'a Within>,
    after: Option<&'a Moment>,
    before: Option<&'a Moment>,
    excepting: bool,
}

impl<'a> Link<'a> {
    pub(super) fn of_rule(rule: &'a Rule) -> Self {
        Self {
            when: rule.when.as_ref(),
            within: rule.within.as_ref(),
            after: rule.after.as_ref(),
            before: rule.before.as_ref(),
            excepting: false,
        }
    }

    /// A report sees no criterion that is excepted (semantics 39).
    pub(super) fn of_report(report: &'a Report) -> Self {
        let when = report.when.as_ref();
        Self { when, within: report.within.as_ref(), excepting: true, ..Self::default() }
    }

    /// The condition, if it has one.
    pub(super) fn when(&self) -> Option<&'a Condition> {
        self.when
    }

    fn of_event(event: &'a Event) -> Self {
        let when = event.run.as_ref().map(|run| &run.when);
        Self { when, within: event.within.as_ref(), ..Self::default() }
    }

    fn holds_at(&self, protocol: &Protocol, occasion: &Occasion<'_>, at: Stamp) -> Answer {
        let view = occasion.view(protocol, at);
        let view = if self.excepting { view.excepting() } else { view };
        let when = self.when.map(|when| ask(when, &view));
        let within = self.within.map(|within| window::within(at, within, occasion.chart));
        let after = self.after.map(|moment| window::not_before(at, moment, occasion.chart));
        let before = self.before.map(|moment| window::before(at, moment, occasion.chart));
        Answer::all([when, within, after, before].into_iter().flatten())
    }
}

/// The conditions between an occasion and a rule `on` an event: none when the occasion does not wake it.
pub(super) fn links<'a>(
    protocol: &'a Protocol,
    on: &'a EventId,
    woken_by: &EventId,
) -> Option<Vec<Link<'a>>> {
    let mut links = Vec::new();
    let mut on = on;
    while on != woken_by {
        // A chain of derived events is shorter than their number, or it goes in a circle.
        if links.len() > protocol.events.len() {
            return None;
        }
        let event = protocol.events.get(on)?;
        links.push(Link::of_event(event));
        on = event.on.as_ref()?;
    }
    Some(links)
}

/// Each change for itself: the conditions are asked at every time a fact took its value.
pub(super) fn test(protocol: &Protocol, links: &[Link<'_>], occasion: &Occasion<'_>) -> Answer {
    let times: BTreeSet<Stamp> = match links.iter().filter_map(|link| link.when).collect::<Vec<_>>() {
        conditions if conditions.is_empty() => occasion.times(None),
        conditions => conditions.into_iter().flat_map(|when| occasion.times(Some(when))).collect(),
    };
    let at_time = |at| Answer::all(links.iter().map(|link| link.holds_at(protocol, occasion, at)));
    let happened = match occasion.truth {
        Truth::True => Answer::bare(Truth::True),
        truth => Answer::known(truth, format!("whether {} has happened is {truth}", occasion.event)),
    };
    happened.and(Answer::any(times.into_iter().map(at_time)))
}
