//! Runs of days: a condition that holds day by day for so long, without what must not happen meanwhile
//! (semantics 22 to 26).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::chart::Chart;
use super::condition::{FactSource, Looked, Pick, truth};
use super::facts::{Observed, Value};
use super::time::{Stamp, day_after, day_end, days_between};
use super::truth::Truth;
use crate::condition::Condition;
use crate::dictionary::{Fact, FactKind};
use crate::ids::FactId;
use crate::model::Run;
use crate::scalar::{Moment, RunFor};

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

/// The runs of one subject. What a condition is on each day is worked out once, however many runs and questions are of
/// it.
#[derive(Debug)]
pub struct Runs<'a> {
    chart: &'a Chart,
    asked: Mutex<Vec<(Condition, Arc<Days<'a>>)>>,
}

impl<'a> Runs<'a> {
    /// The runs that a chart shows.
    pub fn of(chart: &'a Chart) -> Self {
        Self { chart, asked: Mutex::default() }
    }

    /// The first run that begins on or after `begin` and is known by `until`.
    pub fn find(&self, run: &Run, begin: Option<Date>, until: Option<Date>) -> Option<FoundRun> {
        let search = self.search(run);
        let starts = search.days.fitting().filter(|day| begin.is_none_or(|begin| *day >= begin));
        let within = |found: &FoundRun| until.is_none_or(|until| found.known <= until);
        starts.filter_map(|start| search.run_from(start, None)).find(within)
    }

    /// A run of full length that begins on or after `begin` and stands on its last day, `last`.
    pub fn standing_on(&self, run: &Run, begin: Option<Date>, last: Date) -> Option<FoundRun> {
        let search = self.search(run);
        let fits = |day: &Date| *day <= last && begin.is_none_or(|begin| *day >= begin);
        let starts = search.days.fitting().rev().filter(fits);
        starts.filter_map(|start| search.run_from(start, Some(last))).next()
    }

    /// The last day, up to `until`, on which the condition has a value.
    pub fn last_measured(&self, when: &Condition, until: Date) -> Option<Date> {
        let days = self.days(when);
        let mut measured = days.truths.range(..=until).rev().filter(|(_, truth)| **truth != Truth::Unknown);
        measured.next().map(|(day, _)| *day)
    }

    fn search<'r>(&self, run: &'r Run) -> Search<'r, 'a> {
        let breaks = run.without.iter().flat_map(|without| self.chart.times_of(&without.event));
        let dated = breaks.map(|stamp| (stamp.day(&self.chart.zone), stamp));
        Search { run, chart: self.chart, days: self.days(&run.when), breaks: dated.collect() }
    }

    fn days(&self, when: &Condition) -> Arc<Days<'a>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = asked.iter().find(|(known, _)| known == when) {
            return known.clone();
        }
        let days = Arc::new(Days::of(when, self.chart));
        asked.push((when.clone(), days.clone()));
        days
    }
}

/// A subject's values of the facts that a condition measures, day by day.
type ByDay<'a> = BTreeMap<Date, BTreeMap<&'a FactId, Vec<&'a Observed>>>;

/// The truth of a condition on each day that has values.
#[derive(Debug)]
struct Days<'a> {
    values: ByDay<'a>,
    truths: BTreeMap<Date, Truth>,
}

impl<'a> Days<'a> {
    fn of(when: &Condition, chart: &'a Chart) -> Self {
        let measured = |fact: &Fact| !matches!(fact.kind, FactKind::Completed(_) | FactKind::Elapsed(_));
        let atoms = when.atoms().into_iter();
        let facts: BTreeSet<&FactId> =
            atoms.filter(|atom| measured(&atom.fact)).map(|atom| &atom.fact.id).collect();
        let mut values = ByDay::new();
        for (fact, observed) in facts.into_iter().filter_map(|fact| chart.facts.entry(fact)) {
            for observed in observed {
                if let Some(day) = observed.at.day(&chart.zone) {
                    values.entry(day).or_default().entry(fact).or_default().push(observed);
                }
            }
        }
        let on_day = |(day, values): (&Date, _)| (*day, truth(when, &OnDay { chart, day: *day, values }));
        let truths = values.iter().map(on_day).collect();
        Self { values, truths }
    }

    fn fitting(&self) -> impl DoubleEndedIterator<Item = Date> {
        self.truths.iter().filter(|(_, truth)| **truth == Truth::True).map(|(day, _)| *day)
    }

    fn truth(&self, day: Date) -> Truth {
        self.truths.get(&day).copied().unwrap_or(Truth::Unknown)
    }

    fn row(&self, day: Date, imputed: bool) -> Row {
        let of_day = self.values.get(&day).into_iter().flatten();
        let values = of_day.flat_map(|(fact, observed)| {
            observed.iter().map(|observed| ((*fact).clone(), observed.value.clone(), observed.at))
        });
        Row { day, values: values.collect(), imputed }
    }
}

/// The search for one run.
struct Search<'r, 'a> {
    run: &'r Run,
    chart: &'a Chart,
    days: Arc<Days<'a>>,
    /// What breaks it, each time, with its day.
    breaks: Vec<(Option<Date>, Stamp)>,
}

impl Search<'_, '_> {
    /// The run that begins on a fitting day: just long enough, or up to a day it must end on.
    fn run_from(&self, start: Date, end: Option<Date>) -> Option<FoundRun> {
        let days = match self.run.lasts {
            None => self.consecutive(start, 1),
            Some(RunFor::ConsecutiveDays(days)) => self.consecutive(start, days),
            Some(RunFor::Span(span)) => self.spanning(start, day_after(start, span), end),
        }?;
        let known = days.last()?.0;
        if end.is_some_and(|end| known != end) || !self.is_unbroken(start, known) {
            return None;
        }
        let rows: Vec<Row> = days.into_iter().map(|(day, imputed)| self.days.row(day, imputed)).collect();
        self.is_clear_before(&rows).then_some(FoundRun { first: start, known, rows })
    }

    /// A value on each day, and each fits; a missing day only between two fitting ones, where it is bridged.
    fn consecutive(&self, start: Date, wanted: u32) -> Option<Vec<(Date, bool)>> {
        let mut days = vec![(start, false)];
        let mut day = start;
        for place in 2..=wanted {
            day = day.tomorrow().ok()?;
            match self.days.truth(day) {
                Truth::True => days.push((day, false)),
                Truth::Unknown if self.bridges(day) && place < wanted => days.push((day, true)),
                _ => return None,
            }
        }
        Some(days)
    }

    fn bridges(&self, day: Date) -> bool {
        let fits = |day: Option<Date>| day.is_some_and(|day| self.days.truth(day) == Truth::True);
        self.run.bridge_one_day && fits(day.yesterday().ok()) && fits(day.tomorrow().ok())
    }

    /// All values fit until the span is over, or until the day it must end on.
    fn spanning(&self, start: Date, over: Date, end: Option<Date>) -> Option<Vec<(Date, bool)>> {
        let mut days: Vec<(Date, bool)> = Vec::new();
        for (day, truth) in self.days.truths.range(start..) {
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

    /// Nothing that `without` names on a day of the run. What happened on a day nobody knows may have been then.
    fn is_unbroken(&self, first: Date, known: Date) -> bool {
        self.breaks.iter().all(|(day, _)| day.is_some_and(|day| day < first || known < day))
    }

    /// Nothing that `without` names in the span before each value.
    fn is_clear_before(&self, rows: &[Row]) -> bool {
        let Some(lead) = self.run.without.as_ref().and_then(|without| without.lead) else { return true };
        let zone = &self.chart.zone;
        let mut values = rows.iter().flat_map(|row| &row.values).filter_map(|(_, _, at)| at.bounds(zone));
        values.all(|value| {
            let earliest = value.before(lead, zone).earliest;
            let mut breaks = self.breaks.iter().filter_map(|(_, stamp)| stamp.bounds(zone));
            breaks.all(|event| event.latest < earliest || value.latest < event.earliest)
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
