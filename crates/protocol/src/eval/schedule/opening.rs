//! When a phase opens and ends: at each time of `from`, until the first of its ends, and always at death,
//! withdrawal, screen failure and the end of the study (semantics 34).

use jiff::Timestamp;
use jiff::civil::Date;

use crate::Protocol;
use crate::eval::chart::Chart;
use crate::eval::events::{Evidence, moment_day};
use crate::eval::time::{Bounds, after, day_after, day_of, day_start};
use crate::ids::EventId;
use crate::model::Phase;
use crate::scalar::{Moment, PhaseEnd};

/// What ends every phase.
const ALWAYS: [&str; 3] = ["death", "withdrawal", "screen-failure"];

/// One opening of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPhase {
    /// Which opening, from 1.
    pub number: u32,
    /// When it opened; of a day alone its first moment.
    pub from: Timestamp,
    /// The day it opened.
    pub first_day: Date,
    /// The last day, still inside; none while the end has no date.
    pub last_day: Option<Date>,
    /// The day the subject left the study, where it has: nothing is done after it.
    pub left: Option<Date>,
}

/// Every time a phase opened, in order of time.
pub fn openings(protocol: &Protocol, phase: &Phase, evidence: &Evidence<'_>) -> Vec<OpenPhase> {
    let chart = evidence.chart;
    let mut starts: Vec<Timestamp> =
        chart.bounds_of(&phase.from).iter().map(|bounds| bounds.earliest).collect();
    if starts.is_empty() {
        let found = moment_day(protocol, &phase.from, evidence);
        starts.extend(found.map(|day| day_start(day, &chart.zone)));
    }
    starts.sort_unstable();
    let opened = starts.into_iter().filter_map(|from| opened(protocol, phase, from, evidence));
    opened.zip(1_u32..).map(|(open, number)| OpenPhase { number, ..open }).collect()
}

fn opened(protocol: &Protocol, phase: &Phase, from: Timestamp, evidence: &Evidence<'_>) -> Option<OpenPhase> {
    let chart = evidence.chart;
    let first_day = day_of(from, &chart.zone);
    let mut last_day: Option<Date> = None;
    for end in phase.until.iter().map(|until| end_of(protocol, until, from, first_day, evidence)) {
        match end {
            End::Passed => return None,
            End::Open => {}
            End::On(day) => last_day = Some(last_day.map_or(day, |last| last.min(day))),
        }
    }
    let out = out_of_study(chart);
    if out.is_some_and(|out| out < first_day) {
        return None;
    }
    let last_day = last_day.into_iter().chain(out).min();
    Some(OpenPhase { number: 1, from, first_day, last_day, left: out })
}

enum End {
    /// It was over before the opening: the phase does not open.
    Passed,
    /// It has no date yet.
    Open,
    /// The last day.
    On(Date),
}

/// An event counts only after the opening; a moment counted from one may have passed.
fn end_of(
    protocol: &Protocol,
    until: &PhaseEnd,
    from: Timestamp,
    first_day: Date,
    evidence: &Evidence<'_>,
) -> End {
    let chart = evidence.chart;
    match until {
        PhaseEnd::Lasting(span) => match span.calendar() {
            Some(_) => End::On(day_after(first_day, *span)),
            None => End::On(day_of(after(from, *span, &chart.zone), &chart.zone)),
        },
        PhaseEnd::Moment(moment @ Moment::At(_)) => {
            let recorded = chart.bounds_of(moment).into_iter();
            let later = recorded.map(|bounds: Bounds| day_of(bounds.latest, &chart.zone));
            let found = later.chain(moment_day(protocol, moment, evidence));
            found.filter(|day| *day >= first_day).min().map_or(End::Open, End::On)
        }
        PhaseEnd::Moment(moment) => match moment_day(protocol, moment, evidence) {
            Some(day) if day < first_day => End::Passed,
            Some(day) => End::On(day),
            None => End::Open,
        },
    }
}

/// The day on which the subject left the study: by death, withdrawal or screen failure, or with the trial's end.
pub fn out_of_study(chart: &Chart) -> Option<Date> {
    let ids = ALWAYS.iter().filter_map(|id| id.parse::<EventId>().ok());
    let stamps = ids.flat_map(|id| chart.times_of(&id)).chain(chart.end_of_study).chain(chart.end_of_trial);
    stamps.filter_map(|stamp| stamp.day(&chart.zone)).min()
}
