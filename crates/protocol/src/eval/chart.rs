//! What is known of one subject: facts, what happened, doses, arm and cohort; and a view of it at one time,
//! with the facts that are reckoned from others (age, elapsed time, body surface).

use std::collections::BTreeMap;
use std::sync::Arc;

use holdpoint_clinical::Quantity;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::body_surface::body_surface_m2;
use super::condition::{FactSource, Looked, Pick};
use super::endpoint;
use super::facts::{Facts, Observed, Value};
use super::time::{Bounds, Stamp, day_of};
use crate::dictionary::{Derivation, Fact, FactKind};
use crate::ids::{ArmId, CohortId, EventId, FactId};
use crate::scalar::{Anchor, Moment};

/// One subject, as far as is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The subject's code: never a name.
    pub subject: String,
    /// The site's time zone.
    pub zone: TimeZone,
    /// The arm, once allocated and known.
    pub arm: Option<ArmId>,
    /// The cohort, once allocated.
    pub cohort: Option<CohortId>,
    /// Facts of the subject with their times.
    pub facts: Facts,
    /// What happened and counts: recorded, or derived and signed where the file asks a signature.
    pub events: BTreeMap<EventId, Vec<Stamp>>,
    /// Every permitted start of an investigational dose that is not known to be void (semantics 13).
    pub doses: Vec<Stamp>,
    /// The subject's last day in the study, once known.
    pub end_of_study: Option<Stamp>,
    /// The end of the whole trial, once known.
    pub end_of_trial: Option<Stamp>,
}

impl Chart {
    /// A subject of whom nothing is known.
    pub fn new(subject: impl Into<String>, zone: TimeZone) -> Self {
        Self {
            subject: subject.into(),
            zone,
            arm: None,
            cohort: None,
            facts: Facts::new(),
            events: BTreeMap::new(),
            doses: Vec::new(),
            end_of_study: None,
            end_of_trial: None,
        }
    }

    /// Adds a happening.
    pub fn happened(&mut self, event: EventId, at: Stamp) {
        self.events.entry(event).or_default().push(at);
    }

    /// The doses in the order of time; those without a date last. Dose n is the n-th (semantics 13).
    pub fn doses_in_order(&self) -> Vec<Stamp> {
        self.in_order(&self.doses)
    }

    /// When an event happened, each time, in order; empty when it is not known to have happened. `dose`
    /// is every dose.
    pub fn times_of(&self, event: &EventId) -> Vec<Stamp> {
        match event.as_str() {
            "dose" => self.doses_in_order(),
            _ => self.in_order(self.events.get(event).map_or(&[], Vec::as_slice)),
        }
    }

    /// When an anchor was, each time, in order.
    pub fn times_at(&self, anchor: &Anchor) -> Vec<Stamp> {
        match anchor {
            Anchor::Event(event) => self.times_of(event),
            Anchor::EachDose => self.doses_in_order(),
            Anchor::Dose(number) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX).checked_sub(1);
                place.and_then(|place| self.doses_in_order().get(place).copied()).into_iter().collect()
            }
            Anchor::EndOfStudy => self.end_of_study.into_iter().collect(),
            Anchor::EndOfTrial => self.end_of_trial.into_iter().collect(),
        }
    }

    /// When a moment is, each time its anchor was; those without a date are left out.
    pub fn bounds_of(&self, moment: &Moment) -> Vec<Bounds> {
        let anchors = self.times_at(moment.anchor());
        let bounds = anchors.into_iter().filter_map(|stamp| stamp.bounds(&self.zone));
        bounds
            .map(|bounds| match moment {
                Moment::At(_) => bounds,
                Moment::After(span, _) => bounds.after(*span, &self.zone),
                Moment::Before(span, _) => bounds.before(*span, &self.zone),
            })
            .collect()
    }

    /// The site's day of a moment, the first time it is.
    pub fn day_of(&self, moment: &Moment) -> Option<Date> {
        self.bounds_of(moment).into_iter().map(|bounds| day_of(bounds.earliest, &self.zone)).min()
    }

    /// How many doses were started at or before a time; none when that can not be said. A dose of the same
    /// day counts where either time is only a day.
    pub fn dose_number_at(&self, at: Stamp) -> Option<u32> {
        if self.doses.is_empty() {
            return Some(0);
        }
        let at = at.bounds(&self.zone)?;
        let started = |dose: &&Stamp| dose.bounds(&self.zone).is_none_or(|dose| dose.earliest <= at.latest);
        u32::try_from(self.doses.iter().filter(started).count()).ok()
    }

    /// The chart as it reads at an instant: later values are left out.
    pub fn at(&self, at: Timestamp, pick: Pick) -> ChartAt<'_> {
        ChartAt { chart: self, at, pick }
    }

    fn in_order(&self, stamps: &[Stamp]) -> Vec<Stamp> {
        let mut ordered = stamps.to_vec();
        let key = |stamp: &Stamp| stamp.bounds(&self.zone).map(|bounds| (bounds.earliest, bounds.latest));
        ordered.sort_by_key(|stamp| key(stamp).unwrap_or((Timestamp::MAX, Timestamp::MAX)));
        ordered
    }
}

/// A subject's chart at one instant.
#[derive(Clone, Copy, Debug)]
pub struct ChartAt<'a> {
    chart: &'a Chart,
    at: Timestamp,
    pick: Pick,
}

impl ChartAt<'_> {
    fn standing(&self, fact: &FactId) -> Vec<Observed> {
        let observed = self.chart.facts.standing(fact, Some(self.at), &self.chart.zone);
        observed.into_iter().cloned().collect()
    }

    /// The value that counts since an event: completed units, or the days between.
    fn since(&self, fact: &Fact, event: &EventId) -> Looked {
        let zone = &self.chart.zone;
        let Some(since) = self.chart.times_of(event).first().and_then(|stamp| stamp.day(zone)) else {
            return Looked::Missing;
        };
        let until = day_of(self.at, zone);
        if since > until {
            return Looked::NotYet;
        }
        let value = match &fact.kind {
            FactKind::Completed(_) => match completed(fact, since, until) {
                Some(units) => Value::Number(Quantity { value: units.into(), unit: fact.unit.clone() }),
                None => return Looked::Missing,
            },
            _ => Value::Elapsed { since, until },
        };
        Looked::Values(vec![Observed { value, at: Stamp::Day(until) }])
    }

    fn derived(&self, fact: &Fact, derivation: &Derivation) -> Looked {
        match derivation {
            Derivation::Mosteller { weight, height } => {
                let (weight, height) = (self.standing(weight), self.standing(height));
                let (Some(weight), Some(height)) = (weight.last(), height.last()) else {
                    return self.standing(&fact.id).into();
                };
                let (Value::Number(kg), Value::Number(cm)) = (&weight.value, &height.value) else {
                    return Looked::Missing;
                };
                let surface = body_surface_m2(kg.value, cm.value);
                let value = surface.map(|m2| Value::Number(Quantity { value: m2, unit: fact.unit.clone() }));
                value.map(|value| Observed { value, at: weight.at }).into_iter().collect::<Vec<_>>().into()
            }
            Derivation::Slope { of } => {
                let observed = self.chart.facts.of(of).iter();
                let known = observed.filter(|one| {
                    one.at.bounds(&self.chart.zone).is_some_and(|bounds| bounds.earliest <= self.at)
                });
                let values = endpoint::numbers(known, self.chart);
                let Some((slope, (last, _))) = endpoint::slope_per_month(&values).zip(values.last()) else {
                    return self.standing(&fact.id).into();
                };
                let value = Value::Number(Quantity { value: slope, unit: fact.unit.clone() });
                Looked::Values(vec![Observed { value, at: Stamp::Day(*last) }])
            }
        }
    }
}

impl FactSource for ChartAt<'_> {
    fn pick(&self) -> Pick {
        self.pick
    }

    fn look(&self, fact: &Arc<Fact>) -> Looked {
        match (&fact.kind, &fact.derive) {
            (FactKind::Completed(since) | FactKind::Elapsed(since), _) => self.since(fact, &since.0),
            (_, Some(derivation)) => self.derived(fact, derivation),
            _ => self.standing(&fact.id).into(),
        }
    }

    fn zone(&self) -> &TimeZone {
        &self.chart.zone
    }
}

/// Whole units from one day to another: a birthday of 29 February falls on 1 March in other years.
fn completed(fact: &Fact, since: Date, until: Date) -> Option<i64> {
    let months = || {
        let whole = i64::from(until.year() - since.year()) * 12 + i64::from(until.month() - since.month());
        whole - i64::from(until.day() < since.day())
    };
    match fact.unit.as_ref()?.as_str().trim_end_matches('s') {
        "year" => Some(months().div_euclid(12)),
        "month" => Some(months()),
        "week" => Some(super::time::days_between(since, until).div_euclid(7)),
        "day" => Some(super::time::days_between(since, until)),
        _ => None,
    }
}
