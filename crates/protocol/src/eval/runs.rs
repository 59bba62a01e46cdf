//! Runs of days: a condition that holds day by day for so long, without what must not happen meanwhile
//! (semantics 22 to 26).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::chart::Chart;
use super::condition::{FactSource, Looked, Pick, truth};
use super::facts::{Observed, Value};
use super::time::{Stamp, day_after, day_end, days_between};
use super::truth::Truth;
use crate::dictionary::{Fact, FactKind};
use crate::ids::FactId;
use crate::model::Run;
use crate::scalar::{Moment, RunFor, Without};

/// No two values of a run that is not of consecutive days are further apart (semantics 24).
const WIDEST_GAP_DAYS: i64 = 7;

/// One day of a run: what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The day.
    pub day: Date,
    /// The values of that day.
    pub values: Vec<(FactId, Value, Stamp)>,
    /// Whether the day has no value and was bridged.
    pub imputed: bool,
}

/// A run that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRun {
    /// Its first day: the run is dated to it.
    pub first: Date,
    /// Its last day: it is known on it.
    pub known: Date,
    /// Its days.
    pub rows: Vec<Row>,
}

/// The first day on which a run may begin: later than an event, on or after a span from one (semantics 26).
/// None while what it counts from has not happened.
pub fn begins(moment: &Moment, anchor: Option<Date>) -> Option<Date> {
    let day = anchor?;
    match moment {
        Moment::At(_) => day.tomorrow().ok(),
        Moment::After(span, _) => Some(day_after(day, *span)),
        Moment::Before(span, _) => Some(super::time::day_before(day, *span)),
    }
}

/// The first run that begins on or after `begin` and is known by `until`.
pub fn find(run: &Run, chart: &Chart, begin: Option<Date>, until: Option<Date>) -> Option<FoundRun> {
    let days = Days::of(run, chart);
    let starts = days.fitting().filter(|day| begin.is_none_or(|begin| *day >= begin));
    let within = |found: &FoundRun| until.is_none_or(|until| found.known <= until);
    starts.filter_map(|start| days.run_from(start, None)).find(within)
}

/// A run of full length that begins on or after `begin` and stands on its last day, `last`.
pub fn standing_on(run: &Run, chart: &Chart, begin: Option<Date>, last: Date) -> Option<FoundRun> {
    let days = Days::of(run, chart);
    let starts = days.fitting().rev().filter(|day| *day <= last && begin.is_none_or(|begin| *day >= begin));
    starts.filter_map(|start| days.run_from(start, Some(last))).next()
}

/// The last day, up to `until`, on which the condition has a value.
pub fn last_measured(run: &Run, chart: &Chart, until: Date) -> Option<Date> {
    let days = Days::of(run, chart);
    days.truths
        .iter()
        .rev()
        .find(|(day, truth)| **day <= until && **truth != Truth::Unknown)
        .map(|(day, _)| *day)
}

/// A subject's values of the facts that a condition measures, day by day.
type ByDay<'a> = BTreeMap<Date, BTreeMap<&'a FactId, Vec<&'a Observed>>>;

/// The truth of a run's condition on each day that has values.
struct Days<'a> {
    run: &'a Run,
    chart: &'a Chart,
    values: ByDay<'a>,
    truths: BTreeMap<Date, Truth>,
}

impl<'a> Days<'a> {
    fn of(run: &'a Run, chart: &'a Chart) -> Self {
        let measured = |fact: &Fact| !matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_));
        let atoms = run.when.atoms().into_iter();
        let facts: BTreeSet<&FactId> =
            atoms.filter(|atom| measured(&atom.fact)).map(|atom| &atom.fact.id).collect();
        let mut values = ByDay::new();
        for fact in facts {
            for observed in chart.facts.of(fact) {
                if let Some(day) = observed.at.day(&chart.zone) {
                    values.entry(day).or_default().entry(fact).or_default().push(observed);
                }
            }
        }
        let on_day =
            |(day, values): (&Date, _)| (*day, truth(&run.when, &OnDay { chart, day: *day, values }));
        let truths = values.iter().map(on_day).collect();
        Self { run, chart, values, truths }
    }

    fn fitting(&self) -> impl DoubleEndedIterator<Item = Date> {
        self.truths.iter().filter(|(_, truth)| **truth == Truth::True).map(|(day, _)| *day)
    }

    fn truth(&self, day: Date) -> Truth {
        self.truths.get(&day).copied().unwrap_or(Truth::Unknown)
    }

    /// The run that begins on a fitting day: just long enough, or up to a day it must end on.
    fn run_from(&self, start: Date, end: Option<Date>) -> Option<FoundRun> {
        let days = match self.run.lasts {
            None => self.consecutive(start, 1),
            Some(RunFor::ConsecutiveDays(days)) => self.consecutive(start, days),
            Some(RunFor::Span(span)) => self.spanning(start, day_after(start, span), end),
        }?;
        let known = days.last()?.0;
        let rows = days.into_iter().map(|(day, imputed)| self.row(day, imputed)).collect();
        let found = FoundRun { first: start, known, rows };
        let ends_there = end.is_none_or(|end| found.known == end);
        (ends_there && self.undisturbed(&found)).then_some(found)
    }

    /// A value on each day, and each fits; a missing day only between two fitting ones, where it is bridged.
    fn consecutive(&self, start: Date, wanted: u32) -> Option<Vec<(Date, bool)>> {
        let mut days = vec![(start, false)];
        let mut day = start;
        for place in 2..=wanted {
            day = day.tomorrow().ok()?;
            match self.truth(day) {
                Truth::True => days.push((day, false)),
                Truth::Unknown if self.bridges(day) && place < wanted => days.push((day, true)),
                _ => return None,
            }
        }
        Some(days)
    }

    fn bridges(&self, day: Date) -> bool {
        let fits = |day: Option<Date>| day.is_some_and(|day| self.truth(day) == Truth::True);
        self.run.bridge_one_day && fits(day.yesterday().ok()) && fits(day.tomorrow().ok())
    }

    /// All values fit until the span is over, or until the day it must end on.
    fn spanning(&self, start: Date, over: Date, end: Option<Date>) -> Option<Vec<(Date, bool)>> {
        let mut days: Vec<(Date, bool)> = Vec::new();
        for (day, truth) in self.truths.range(start..) {
            let near = days.last().is_none_or(|(last, _)| days_between(*last, *day) <= WIDEST_GAP_DAYS);
            match truth {
                Truth::Unknown => continue,
                Truth::True if near => days.push((*day, false)),
                _ => return None,
            }
            if *day >= over && end.is_none_or(|end| *day >= end) {
                return Some(days);
            }
        }
        None
    }

    fn row(&self, day: Date, imputed: bool) -> Row {
        let of_day = self.values.get(&day).into_iter().flatten();
        let values = of_day.flat_map(|(fact, observed)| {
            observed.iter().map(|observed| ((*fact).clone(), observed.value.clone(), observed.at))
        });
        Row { day, values: values.collect(), imputed }
    }

    /// Nothing that `without` names on a day of the run, nor in the span before each value. What happened
    /// on a day nobody knows may have been then.
    fn undisturbed(&self, found: &FoundRun) -> bool {
        let Some(without) = &self.run.without else { return true };
        let zone = &self.chart.zone;
        self.chart.times_of(&without.event).into_iter().all(|event| match event.day(zone) {
            None => false,
            Some(day) => (day < found.first || found.known < day) && self.clear_before(found, without, event),
        })
    }

    fn clear_before(&self, found: &FoundRun, without: &Without, event: Stamp) -> bool {
        let (Some(lead), Some(event)) = (without.lead, event.bounds(&self.chart.zone)) else { return true };
        let values = found.rows.iter().flat_map(|row| &row.values);
        let mut bounds = values.filter_map(|(_, _, at)| at.bounds(&self.chart.zone));
        bounds.all(|value| {
            event.latest < value.before(lead, &self.chart.zone).earliest || value.latest < event.earliest
        })
    }
}

/// A subject's facts on one day: all values of that day, the worst of which stands.
struct OnDay<'a> {
    chart: &'a Chart,
    day: Date,
    values: &'a BTreeMap<&'a FactId, Vec<&'a Observed>>,
}

impl FactSource for OnDay<'_> {
    fn pick(&self) -> Pick {
        Pick::Worst
    }

    fn look(&self, fact: &Arc<Fact>) -> Looked {
        if matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_)) {
            return self.chart.at(day_end(self.day, &self.chart.zone), Pick::Worst).look(fact);
        }
        let of_day = self.values.get(&fact.id).into_iter().flatten();
        of_day.map(|observed| (*observed).clone()).collect::<Vec<_>>().into()
    }

    fn zone(&self) -> &TimeZone {
        &self.chart.zone
    }
}
