//! What happened to one subject that may wake a rule: an adverse event with its facts, or another event.
//! Also the view of it at one time, which a window asks at each change of a fact (semantics 10).

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::chart::Chart;
use super::condition::{FactSource, Looked, Pick};
use super::facts::{Facts, Observed, Value};
use super::seriousness;
use super::time::Stamp;
use super::truth::Truth;
use crate::Protocol;
use crate::condition::Condition;
use crate::dictionary::{Fact, FactDomain};
use crate::ids::EventId;

/// One event of one subject.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The id of the adverse event or milestone: the cause that a hold names.
    pub cause: &'a str,
    /// What it is: `adverse-event`, `death`, `relapse`, or a derived event such as `cytopenia`.
    pub event: &'a EventId,
    /// When it happened: the onset of an adverse event.
    pub at: Stamp,
    /// Whether it happened; a derived event may itself be unknown (semantics 8).
    pub truth: Truth,
    /// The facts of the adverse event, each with the time it took its value; empty for other events.
    pub facts: &'a Facts,
    /// The subject.
    pub chart: &'a Chart,
}

impl Occasion<'_> {
    /// The times at which a condition over this event is asked: whenever a fact it names took a value that
    /// has a time of its own; without any, when the event happened. A fact nobody gave may take its value
    /// at any time.
    pub(super) fn times(&self, when: Option<&Condition>) -> BTreeSet<Stamp> {
        let mut times = BTreeSet::new();
        for atom in when.map(Condition::atoms).unwrap_or_default() {
            let fact = &atom.fact;
            let observed = self.observed(fact);
            times.extend(observed.iter().filter(|_| !fact.judged).map(|observed| observed.at));
            let open = observed.is_empty() && fact.unset.is_none() && !fact.many && !fact.judged;
            if open && fact.domain == FactDomain::AdverseEvent && fact.id.as_str() != "dose-number" {
                times.insert(Stamp::Undated);
            }
        }
        if times.is_empty() {
            times.insert(self.at);
        }
        times
    }

    fn observed(&self, fact: &Fact) -> &[Observed] {
        match fact.domain {
            FactDomain::AdverseEvent => self.facts.of(&fact.id),
            _ => self.chart.facts.of(&fact.id),
        }
    }

    /// The facts of the event as they stood at a time; without a date, at the end of all that is known.
    pub(super) fn view<'a>(&'a self, protocol: &'a Protocol, at: Stamp) -> OccasionAt<'a> {
        let limit = at.bounds(&self.chart.zone).map(|bounds| bounds.latest);
        OccasionAt { occasion: self, protocol, limit, excepting: false }
    }
}

/// An occasion at one time.
#[derive(Clone, Copy)]
pub(super) struct OccasionAt<'a> {
    occasion: &'a Occasion<'a>,
    protocol: &'a Protocol,
    limit: Option<Timestamp>,
    excepting: bool,
}

impl OccasionAt<'_> {
    /// The same view, in which a criterion of `except` does not count while its condition is true
    /// (semantics 39).
    pub(super) fn excepting(self) -> Self {
        Self { excepting: true, ..self }
    }

    fn of_the_event(&self, fact: &Fact) -> Looked {
        let Occasion { facts, chart, .. } = self.occasion;
        let limit = if fact.judged { None } else { self.limit };
        let values: Vec<Observed> =
            facts.standing(&fact.id, limit, &chart.zone).into_iter().cloned().collect();
        if values.is_empty() && !facts.of(&fact.id).is_empty() {
            return Looked::NotYet;
        }
        values.into()
    }

    fn dose_number(&self) -> Looked {
        let number = self.occasion.chart.dose_number_at(self.occasion.at).map(Value::pure);
        let observed = number.map(|value| Observed { value, at: self.occasion.at });
        observed.into_iter().collect::<Vec<_>>().into()
    }

    fn criteria(&self, fact: &Fact) -> Looked {
        match self.of_the_event(fact) {
            Looked::Values(values) if self.excepting => {
                let counting = |observed: Observed| {
                    let value = seriousness::counting(self.protocol, self, observed.value);
                    Observed { value, ..observed }
                };
                Looked::Values(values.into_iter().map(counting).collect())
            }
            looked => looked,
        }
    }
}

impl FactSource for OccasionAt<'_> {
    fn pick(&self) -> Pick {
        Pick::Best
    }

    fn look(&self, fact: &Arc<Fact>) -> Looked {
        match (fact.domain, fact.id.as_str()) {
            (FactDomain::AdverseEvent, "dose-number") => self.dose_number(),
            (FactDomain::AdverseEvent, "serious") => match seriousness::judged(self.protocol, self, fact) {
                Truth::Unknown => Looked::Missing,
                serious => {
                    let value = Value::Yes(serious == Truth::True);
                    Looked::Values(vec![Observed { value, at: Stamp::Undated }])
                }
            },
            (FactDomain::AdverseEvent, "criterion") => self.criteria(fact),
            (FactDomain::AdverseEvent, _) => self.of_the_event(fact),
            _ => {
                let at = self.limit.unwrap_or(Timestamp::MAX);
                self.occasion.chart.at(at, Pick::Best).look(fact)
            }
        }
    }

    fn zone(&self) -> &TimeZone {
        &self.occasion.chart.zone
    }
}

impl OccasionAt<'_> {
    /// The fact as people gave it, without what is reckoned from other facts.
    pub(super) fn as_given(&self, fact: &Fact) -> Looked {
        self.of_the_event(fact)
    }
}
