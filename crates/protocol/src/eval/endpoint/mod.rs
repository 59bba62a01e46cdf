//! What one subject gives an endpoint: an event reached or not by its day, how many, a time at risk, a course of
//! values, a response (semantics 8, 26 and 38). What stands on something unknown is not counted, and says so.

mod course;
mod happenings;
mod survival;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub(in crate::eval) use course::numbers;
pub use course::{Course, slope_per_month};
pub use survival::{AtRisk, Censored};

use self::happenings::Search;
use super::events::{Evidence, moment_day};
use super::occasion::Occasion;
use super::response::{self, Assessed};
use crate::Protocol;
use crate::ids::EventId;
use crate::model::{Endpoint, Measure};
use crate::scalar::Moment;

/// Whether an event was reached by the day that an endpoint asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was, on this day for the first time.
    On(Date),
    /// The data do not decide it: it is not counted yet.
    Unknown(String),
    /// It was not, and the day that is asked for has not come.
    NotYet,
    /// It was not.
    Never,
}

/// How often events happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// So often for certain.
    pub certain: u32,
    /// So often perhaps, besides: not counted yet.
    pub undecided: u32,
}

/// What one subject gives an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// What the endpoint counts from has not happened to this subject.
    NotBegun(String),
    /// For a share of subjects: each of its events.
    Rate(BTreeMap<EventId, Reached>),
    /// For a number of events: each of them.
    Count(BTreeMap<EventId, Count>),
    /// For a time.
    Time(AtRisk),
    /// For a change or a slope.
    Course(Course),
    /// For a response.
    Response(Assessed),
}

/// What endpoints are found in.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    /// The subject, what was signed, and the day it is asked.
    pub evidence: Evidence<'a>,
    /// The subject's adverse events.
    pub adverse_events: &'a [Occasion<'a>],
}

/// The days between which an endpoint counts, both inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    from: Option<Date>,
    until: Option<Date>,
    today: Date,
}

impl Period {
    fn holds(&self, day: Date) -> bool {
        day <= self.today
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= self.today)
    }

    fn last(&self) -> Date {
        self.until.map_or(self.today, |until| until.min(self.today))
    }
}

/// Asks what a subject gives an endpoint.
pub fn ask(protocol: &Protocol, endpoint: &Endpoint, findings: &Findings<'_>) -> Given {
    let counted =
        |count: &dyn Fn(Search<'_, '_>) -> Given| match period(protocol, endpoint, &findings.evidence) {
            Ok(period) => count(Search { protocol, endpoint, findings, period }),
            Err(moment) => Given::NotBegun(format!("{moment} has not happened")),
        };
    match &endpoint.measure {
        Measure::Rate(events) => counted(&|search| {
            Given::Rate(events.iter().map(|event| (event.clone(), search.reached(event, None))).collect())
        }),
        Measure::Count(events) => counted(&|search| {
            Given::Count(events.iter().map(|event| (event.clone(), search.count(event))).collect())
        }),
        Measure::Time { to, from, entry } => {
            counted(&|search| survival::ask(&search, to, from, entry.as_ref()))
        }
        Measure::Slope(subject) | Measure::Change(subject) => counted(&|search| {
            Given::Course(course::of(protocol, subject, findings.evidence.chart, &search.period))
        }),
        Measure::Response(response) => match protocol.responses.get(response.as_str()) {
            Some(response) => Given::Response(response::assess(protocol, response, &findings.evidence)),
            None => Given::NotBegun(format!("{response} is not a response of this file")),
        },
    }
}

/// The days between which the endpoint counts. `Err` names what has not happened.
fn period(protocol: &Protocol, endpoint: &Endpoint, evidence: &Evidence<'_>) -> Result<Period, String> {
    let day = |moment: &Moment| moment_day(protocol, moment, evidence).ok_or_else(|| moment.to_string());
    let window = endpoint.within.as_ref();
    let opens = window.map(|window| Moment::At(window.after.clone()));
    let closes = window.map(|window| Moment::After(window.span, window.after.clone()));
    let from = endpoint.from.as_ref().or(opens.as_ref()).map(day).transpose()?;
    let until = endpoint.at.as_ref().or(closes.as_ref()).map(day).transpose()?;
    Ok(Period { from, until, today: evidence.today })
}
