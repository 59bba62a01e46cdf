//! The time to the first of some events, at risk from entry, censored where nothing more is known (semantics 38).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::happenings::Search;
use super::{Given, Period, Reached};
use crate::eval::events::moment_day;
use crate::eval::time::days_between;
use crate::ids::EventId;
use crate::scalar::{Anchor, Moment};

/// Why a time ends without its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Censored {
    /// The window of the endpoint is over.
    EndOfWindow,
    /// The subject died, and death is not among the events.
    Death,
    /// The subject left the study.
    EndOfStudy,
    /// So far; it goes on.
    StillAtRisk,
}

/// A subject's time at risk. Days count from the day of `from`, which is day 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// Day on which the subject came under observation; 0 without `entry`.
    pub entry: i64,
    /// Day of the first event, or of the last observation.
    pub end: i64,
    /// The first event reached, or why there is none.
    pub outcome: Result<EventId, Censored>,
    /// Every event of the list that was reached, on its day.
    pub reached: BTreeMap<EventId, i64>,
    /// What cannot be decided and was not counted.
    pub undecided: Vec<String>,
}

pub(super) fn ask(search: &Search<'_, '_>, to: &[EventId], from: &EventId, entry: Option<&EventId>) -> Given {
    let evidence = &search.findings.evidence;
    let day = |event: &EventId| {
        let moment = Moment::At(Anchor::Event(event.clone()));
        moment_day(search.protocol, &moment, evidence).ok_or_else(|| format!("{event} has not happened"))
    };
    let start = match day(from) {
        Ok(start) => start,
        Err(reason) => return Given::NotBegun(reason),
    };
    let entered = match entry.map(day).transpose() {
        Ok(entered) => entered.unwrap_or(start).max(start),
        Err(reason) => return Given::NotBegun(reason),
    };
    let period = Period { from: Some(start), ..search.period };
    let search = Search { period, ..*search };
    let runs_from = search.endpoint.from.clone().unwrap_or_else(|| Moment::At(Anchor::Event(from.clone())));
    let mut reached = BTreeMap::new();
    let mut undecided = Vec::new();
    for event in to {
        match search.reached(event, Some(&runs_from)) {
            Reached::On(on) => {
                reached.insert(event.clone(), days_between(start, on));
            }
            Reached::Unknown(reason) => undecided.push(reason),
            Reached::NotYet | Reached::Never => {}
        }
    }
    let entry = days_between(start, entered);
    let first = reached.iter().min_by_key(|(_, day)| **day).map(|(event, day)| (event.clone(), *day));
    let (last, why) = last_observed(&search, to);
    let last = days_between(start, last);
    match first.filter(|(_, day)| *day <= last) {
        Some((event, end)) if end < entry => {
            Given::NotBegun(format!("{event} came before the subject was at risk"))
        }
        Some((event, end)) => Given::Time(AtRisk { entry, end, outcome: Ok(event), reached, undecided }),
        None if last < entry => Given::NotBegun("the subject was never at risk".to_owned()),
        None => Given::Time(AtRisk { entry, end: last, outcome: Err(why), reached, undecided }),
    }
}

/// The last day on which the subject was under observation.
fn last_observed(search: &Search<'_, '_>, to: &[EventId]) -> (Date, Censored) {
    let chart = search.findings.evidence.chart;
    let died = || {
        let counted = to.iter().any(|event| event.as_str() == "death");
        let death: EventId = "death".parse().ok()?;
        chart.times_of(&death).first().and_then(|at| at.day(&chart.zone)).filter(|_| !counted)
    };
    let left = chart.end_of_study.and_then(|at| at.day(&chart.zone));
    let candidates = [
        (Some(search.period.today), Censored::StillAtRisk),
        (search.period.until, Censored::EndOfWindow),
        (left, Censored::EndOfStudy),
        (died(), Censored::Death),
    ];
    let dated = candidates.into_iter().filter_map(|(day, why)| day.map(|day| (day, why)));
    // Of several on one day the last listed says most: a death rather than the end of a window.
    dated.rev().min_by_key(|(day, _)| *day).unwrap_or((search.period.today, Censored::StillAtRisk))
}
