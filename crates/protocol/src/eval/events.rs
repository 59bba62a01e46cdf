//! Events found in the data: runs, what is made of other events, and what is dated by the arm; proposed to
//! people where the file asks a signature (semantics 8, 26 to 28).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::chart::Chart;
use super::condition::{Pick, ask};
use super::runs::{self, Row, Runs};
use super::time::{day_end, day_of};
use super::truth::{Answer, Truth};
use crate::Protocol;
use crate::ids::{EventId, FactId};
use crate::model::Event;
use crate::scalar::{Anchor, Moment};

/// Whether an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventStanding {
    /// It has not been reached, as far as the data go.
    NotReached,
    /// The data do not decide it.
    Unknown,
    /// The data show it; it counts once a person has signed.
    Proposed,
    /// It counts.
    Counts,
}

/// An event as the data have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The event.
    pub event: EventId,
    /// Whether it counts.
    pub standing: EventStanding,
    /// The day it is dated to.
    pub on: Option<Date>,
    /// The day it was known.
    pub known: Option<Date>,
    /// The days that prove it.
    pub proof: Vec<Row>,
    /// Sentences that decide it.
    pub reasons: Vec<String>,
    /// The facts nobody has given.
    pub missing: BTreeSet<FactId>,
}

/// What events are found in.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The subject; events that were recorded or signed are in the chart and stand as they are there.
    pub chart: &'a Chart,
    /// The days on which a person signed the second way in (`or-attest`) of an event.
    pub attested: &'a BTreeMap<EventId, Date>,
    /// The day it is asked.
    pub today: Date,
    runs: Arc<Runs<'a>>,
}

impl<'a> Evidence<'a> {
    /// Evidence as of a day. What the chart shows day by day is worked out once for all that is asked of it.
    pub fn new(chart: &'a Chart, attested: &'a BTreeMap<EventId, Date>, today: Date) -> Self {
        Self { chart, attested, today, runs: Arc::new(Runs::of(chart)) }
    }

    /// The same, asked on another day.
    pub fn on(&self, today: Date) -> Self {
        Self { today, ..self.clone() }
    }

    /// The runs that the chart shows.
    pub fn runs(&self) -> &Runs<'a> {
        &self.runs
    }
}

impl Derived {
    fn new(event: &EventId, standing: EventStanding, reason: impl Into<String>) -> Self {
        Self {
            event: event.clone(),
            standing,
            on: None,
            known: None,
            proof: Vec::new(),
            reasons: vec![reason.into()],
            missing: BTreeSet::new(),
        }
    }

    fn dated(self, on: Date, known: Date) -> Self {
        Self { on: Some(on), known: Some(known), ..self }
    }

    /// Its truth: what is only proposed is not yet so.
    pub fn truth(&self) -> Truth {
        match self.standing {
            EventStanding::NotReached | EventStanding::Proposed => Truth::False,
            EventStanding::Unknown => Truth::Unknown,
            EventStanding::Counts => Truth::True,
        }
    }
}

/// Finds an event. `from`, of an endpoint or a response, takes the place of the event's own.
pub fn derive(
    protocol: &Protocol,
    event: &EventId,
    evidence: &Evidence<'_>,
    from: Option<&Moment>,
) -> Derived {
    Finder { protocol, evidence }.find(event, from, protocol.events.len() + 1)
}

struct Finder<'a, 'c> {
    protocol: &'a Protocol,
    evidence: &'a Evidence<'c>,
}

impl Finder<'_, '_> {
    /// `depth` is how many events may still stand on each other: fewer than there are, or they go in a circle.
    fn find(&self, id: &EventId, from: Option<&Moment>, depth: usize) -> Derived {
        let chart = self.evidence.chart;
        let recorded = chart.times_of(id).into_iter().find_map(|stamp| stamp.day(&chart.zone));
        let block = self.protocol.event(id).filter(|event| !event.is_recorded_by_people());
        match (recorded, block, from, depth.checked_sub(1)) {
            (Some(on), None, ..) | (Some(on), Some(_), None, _) => {
                Derived::new(id, EventStanding::Counts, format!("{id} on {on}")).dated(on, on)
            }
            (None, None, ..) => Derived::new(id, EventStanding::NotReached, format!("{id} has not happened")),
            (_, Some(_), _, None) => {
                Derived::new(id, EventStanding::Unknown, format!("{id} is made of itself"))
            }
            (_, Some(event), from, Some(depth)) => self.proposed(event, self.found(event, from, depth)),
        }
    }

    fn found(&self, event: &Event, from: Option<&Moment>, depth: usize) -> Derived {
        let from = from.or(event.from.as_ref());
        let attested = self.evidence.attested.get(&event.id).filter(|day| **day <= self.evidence.today);
        let found = if !event.by_arm.is_empty() {
            self.by_arm(event, depth)
        } else if !event.all_of.is_empty() {
            self.all_of(event, from, depth)
        } else if event.on.is_none() {
            self.run(event, from, depth)
        } else {
            Derived::new(&event.id, EventStanding::NotReached, "it is judged on each adverse event")
        };
        match attested {
            Some(day) if found.standing != EventStanding::Counts => {
                Derived::new(&event.id, EventStanding::Counts, format!("signed on {day}")).dated(*day, *day)
            }
            _ => found,
        }
    }

    /// What a role must sign is only proposed; the signature is in the chart.
    fn proposed(&self, event: &Event, found: Derived) -> Derived {
        match &event.confirm {
            Some(role) if found.standing == EventStanding::Counts => {
                let mut proposal = Derived { standing: EventStanding::Proposed, ..found };
                proposal.reasons.push(format!("it counts once the {role} has signed"));
                proposal
            }
            _ => found,
        }
    }

    fn run(&self, event: &Event, from: Option<&Moment>, depth: usize) -> Derived {
        let Some(run) = &event.run else {
            return Derived::new(&event.id, EventStanding::NotReached, "nothing in the data shows it");
        };
        let begin = match from {
            None => None,
            Some(moment) => match self.begins(moment, depth) {
                Some(begin) => Some(begin),
                None => {
                    let reason = format!("{} has not happened", moment.anchor());
                    return Derived::new(&event.id, EventStanding::NotReached, reason);
                }
            },
        };
        match self.evidence.runs.find(run, begin, Some(self.evidence.today)) {
            Some(found) => {
                let reason = format!("{} from {} to {}", run.when, found.first, found.known);
                let derived =
                    Derived::new(&event.id, EventStanding::Counts, reason).dated(found.first, found.known);
                Derived { proof: found.rows, ..derived }
            }
            None => {
                Derived::new(&event.id, EventStanding::NotReached, format!("no such run of {}", run.when))
            }
        }
    }

    /// Dated to the last of its parts, and true only if its own condition is true as well.
    fn all_of(&self, event: &Event, from: Option<&Moment>, depth: usize) -> Derived {
        let parts: Vec<Derived> = event.all_of.iter().map(|part| self.find(part, from, depth)).collect();
        let chart = self.evidence.chart;
        let now = chart.at(day_end(self.evidence.today, &chart.zone), Pick::Worst);
        let own = event.run.as_ref().map_or_else(|| Answer::bare(Truth::True), |run| ask(&run.when, &now));
        let truth = parts.iter().map(Derived::truth).fold(own.truth, Truth::and);
        let standing = match truth {
            Truth::True => EventStanding::Counts,
            Truth::Unknown => EventStanding::Unknown,
            Truth::False => EventStanding::NotReached,
        };
        let undecided =
            parts.iter().filter(|part| part.truth() == truth).flat_map(|part| part.reasons.clone());
        let mut reasons: Vec<String> = undecided.collect();
        if own.truth == truth {
            reasons.extend(own.reasons);
        }
        let reached = standing == EventStanding::Counts;
        Derived {
            event: event.id.clone(),
            standing,
            on: parts.iter().filter_map(|part| part.on).max().filter(|_| reached),
            known: parts.iter().filter_map(|part| part.known).max().filter(|_| reached),
            missing: parts.iter().flat_map(|part| part.missing.clone()).chain(own.missing).collect(),
            proof: parts.into_iter().flat_map(|part| part.proof).collect(),
            reasons,
        }
    }

    fn by_arm(&self, event: &Event, depth: usize) -> Derived {
        let chart = self.evidence.chart;
        let Some(moment) = chart.arm.as_ref().and_then(|arm| event.by_arm.get(arm)) else {
            return Derived::new(&event.id, EventStanding::Unknown, "the arm is not known");
        };
        let day = match moment {
            Moment::At(_) => self.day_of_anchor(moment.anchor(), depth),
            _ => self.begins(moment, depth),
        };
        match day.filter(|day| *day <= self.evidence.today) {
            Some(day) => {
                Derived::new(&event.id, EventStanding::Counts, format!("{moment}: {day}")).dated(day, day)
            }
            None => Derived::new(&event.id, EventStanding::NotReached, format!("{moment} has not come")),
        }
    }

    fn begins(&self, moment: &Moment, depth: usize) -> Option<Date> {
        runs::begins(moment, self.day_of_anchor(moment.anchor(), depth))
    }

    /// The day of an anchor, found in the data where nobody has recorded it.
    fn day_of_anchor(&self, anchor: &Anchor, depth: usize) -> Option<Date> {
        let chart = self.evidence.chart;
        match anchor {
            Anchor::Event(event) if self.protocol.event(event).is_some() => {
                let found = self.find(event, None, depth);
                found.on.filter(|_| found.standing == EventStanding::Counts)
            }
            anchor => {
                let bounds = chart.times_at(anchor).into_iter().filter_map(|stamp| stamp.bounds(&chart.zone));
                bounds.map(|bounds| day_of(bounds.earliest, &chart.zone)).min()
            }
        }
    }
}

/// The day of a moment, found in the data where nobody has recorded its anchor.
pub fn moment_day(protocol: &Protocol, moment: &Moment, evidence: &Evidence<'_>) -> Option<Date> {
    let finder = Finder { protocol, evidence };
    let anchor = finder.day_of_anchor(moment.anchor(), protocol.events.len() + 1);
    match moment {
        Moment::At(_) => anchor,
        _ => runs::begins(moment, anchor),
    }
}

/// The first day on which a run counted from a moment may begin; none while its anchor has not happened.
pub fn begin_day(protocol: &Protocol, moment: &Moment, evidence: &Evidence<'_>) -> Option<Date> {
    Finder { protocol, evidence }.begins(moment, protocol.events.len() + 1)
}
