//! Finds the events that an endpoint counts: recorded, found in the data, or judged on each adverse event.

use jiff::civil::Date;

use super::{Count, Findings, Period, Reached};
use crate::Protocol;
use crate::eval::events::{EventStanding, derive};
use crate::eval::occasion::Occasion;
use crate::eval::time::Stamp;
use crate::eval::truth::{Answer, Truth};
use crate::eval::{condition, rules};
use crate::ids::EventId;
use crate::model::Endpoint;
use crate::scalar::Moment;

/// One question of one subject.
#[derive(Clone, Copy)]
pub(super) struct Search<'a, 'c> {
    pub(super) protocol: &'a Protocol,
    pub(super) endpoint: &'a Endpoint,
    pub(super) findings: &'a Findings<'c>,
    pub(super) period: Period,
}

/// One time an event may have happened.
struct Happening {
    /// No day: when it was is not known.
    day: Option<Date>,
    truth: Truth,
    reason: String,
}

impl Search<'_, '_> {
    /// Whether the event was reached in the period. A `from` given here takes the place of the endpoint's.
    pub(super) fn reached(&self, event: &EventId, from: Option<&Moment>) -> Reached {
        let counting: Vec<Happening> = self.happenings(event, from).collect();
        let certain = counting.iter().filter(|one| one.truth == Truth::True);
        match certain.filter_map(|one| one.day).min() {
            Some(day) => Reached::On(day),
            None => match counting.into_iter().find(|one| one.truth != Truth::False) {
                Some(undecided) => Reached::Unknown(undecided.reason),
                None if self.period.is_over() => Reached::Never,
                None => Reached::NotYet,
            },
        }
    }

    /// How often the event happened in the period.
    pub(super) fn count(&self, event: &EventId) -> Count {
        self.happenings(event, None).fold(Count::default(), |count, one| match (one.truth, one.day) {
            (Truth::True, Some(_)) => Count { certain: count.certain + 1, ..count },
            (Truth::False, _) => count,
            _ => Count { undecided: count.undecided + 1, ..count },
        })
    }

    /// The times at which the event may have happened inside the period.
    fn happenings(&self, event: &EventId, from: Option<&Moment>) -> impl Iterator<Item = Happening> {
        let all = match self.of_adverse_events(event) {
            Some(judged) => judged,
            None => match self.protocol.event(event).filter(|event| !event.is_recorded_by_people()) {
                Some(_) => self.in_the_data(event, from),
                None => self.recorded(event),
            },
        };
        let period = self.period;
        all.into_iter().filter(move |one| one.day.is_none_or(|day| period.holds(day)))
    }

    fn recorded(&self, event: &EventId) -> Vec<Happening> {
        let chart = self.findings.evidence.chart;
        let happening = |stamp: Stamp| Happening {
            day: stamp.day(&chart.zone),
            truth: Truth::True,
            reason: format!("{event}: {}", stamp.in_words(&chart.zone)),
        };
        chart.times_of(event).into_iter().map(happening).collect()
    }

    /// With `at` a run must be complete by that day; with `within` it must have begun by then (semantics 27).
    fn in_the_data(&self, event: &EventId, from: Option<&Moment>) -> Vec<Happening> {
        let evidence = &self.findings.evidence;
        let today = if self.endpoint.at.is_some() { self.period.last() } else { evidence.today };
        let from = from.or(self.endpoint.from.as_ref());
        let found = derive(self.protocol, event, &evidence.on(today), from);
        let truth = match found.standing {
            EventStanding::Counts => Truth::True,
            EventStanding::Unknown => Truth::Unknown,
            EventStanding::NotReached | EventStanding::Proposed => Truth::False,
        };
        vec![Happening { day: found.on, truth, reason: found.reasons.join("; ") }]
    }

    /// The adverse events that count as this event; none when it is no such event.
    fn of_adverse_events(&self, event: &EventId) -> Option<Vec<Happening>> {
        let occasions = self.findings.adverse_events;
        let judged = self.protocol.event(event).is_some_and(|event| event.on.is_some());
        let plain = event.as_str() == "adverse-event";
        let each = |occasion: &Occasion<'_>| {
            let answer = if plain {
                Answer::bare(Truth::True)
            } else {
                rules::derived(self.protocol, event, occasion)?
            };
            let answer = match &self.endpoint.when {
                Some(when) => answer.and(condition::ask(when, &occasion.view(self.protocol, Stamp::Undated))),
                None => answer,
            };
            Some(Happening {
                day: occasion.at.day(&occasion.chart.zone),
                truth: answer.truth,
                reason: answer.reasons.join("; "),
            })
        };
        (plain || judged).then(|| occasions.iter().filter_map(each).collect())
    }
}
