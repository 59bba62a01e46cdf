//! When doses are due, and whether one may start at a moment (semantics 14 and 15).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Course;
use crate::eval::Stamp;
use crate::eval::time::{after, before, day_end, day_of, day_start, instant_in_words};
use crate::scalar::{Interval, Late};

/// When one dose is due, and how far from it it may be given; both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoseWindow {
    /// Its number, from 1.
    pub number: u32,
    /// When it is due.
    pub due: Timestamp,
    /// From when on it may be given.
    pub earliest: Timestamp,
    /// Until when it is on time.
    pub latest: Timestamp,
    /// Until when it may be given late; none where nothing may be given late without the board.
    pub late_until: Option<Timestamp>,
}

/// What is next for a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextDose {
    /// This dose.
    Due(DoseWindow),
    /// All doses were started, or those that are left were missed and are skipped.
    Complete,
    /// What the first dose hangs on has not happened, or no time of the last dose is known.
    NotDated(String),
}

/// How a start lies to its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// Inside.
    OnTime,
    /// After it, as the file or the board allows.
    Late,
}

/// Whether a dose may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartVerdict {
    /// It may.
    Allowed {
        /// The number of the dose.
        number: u32,
        /// How it lies to its window.
        timing: Timing,
    },
    /// It may not.
    Refused(String),
    /// It may not unless the safety board decides so.
    BoardDecides(String),
}

const DAY_HOURS: i64 = 24;

/// The next dose after those given. `given` are the starts not known to be void, in order; `anchor` is when
/// what `first` names happened. Frozen doses return by this too: they count from the last dose given.
pub fn next_dose(
    course: &Course,
    given: &[Timestamp],
    anchor: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> NextDose {
    let count = u32::try_from(given.len()).unwrap_or(u32::MAX);
    match (given.last(), given.first()) {
        _ if count >= course.doses => NextDose::Complete,
        (Some(_), Some(first)) if course.late == Some(Late::Skip) => {
            next_slot(course, *first, given, now, zone).map_or(NextDose::Complete, NextDose::Due)
        }
        (Some(last), _) => match course.every {
            Some(every) => NextDose::Due(after_last(course, every, count + 1, *last, zone)),
            None => NextDose::NotDated("the file does not say how far apart doses are".to_owned()),
        },
        (None, _) => first_dose(course, anchor, zone),
    }
}

fn first_dose(course: &Course, anchor: Option<Timestamp>, zone: &TimeZone) -> NextDose {
    let Some(first) = &course.first else {
        // Nothing limits it: due at once, and never late.
        let from = anchor.unwrap_or(Timestamp::MIN);
        let open =
            DoseWindow { number: 1, due: from, earliest: from, latest: Timestamp::MAX, late_until: None };
        return NextDose::Due(open);
    };
    match anchor {
        Some(from) => {
            let latest = after(from, first.within, zone);
            NextDose::Due(DoseWindow { number: 1, due: from, earliest: from, latest, late_until: None })
        }
        None => {
            NextDose::NotDated(format!("{} has not happened: the first dose is due {first}", first.after))
        }
    }
}

fn after_last(course: &Course, every: Interval, number: u32, last: Timestamp, zone: &TimeZone) -> DoseWindow {
    let mut window = around(course, every, number, last, zone);
    if let Some(Late::Shift { least_days, most_days }) = course.late {
        window.earliest = window.earliest.max(days_later(last, least_days));
        window.due = window.due.max(window.earliest);
        let until = days_later(last, most_days);
        window.latest = window.latest.min(until);
        window.late_until = Some(until);
    }
    window
}

/// The window of a dose that counts from another; without one written, the whole days of its interval.
fn around(course: &Course, every: Interval, number: u32, from: Timestamp, zone: &TimeZone) -> DoseWindow {
    let (due, last) = (after(from, every.least(), zone), after(from, every.most(), zone));
    let (earliest, latest) = match course.window {
        Some(window) => (before(due, window.span(), zone), after(last, window.span(), zone)),
        None if every.is_range() => (due, last),
        None => (day_start(day_of(due, zone), zone), day_end(day_of(last, zone), zone)),
    };
    DoseWindow { number, due, earliest, latest, late_until: None }
}

fn days_later(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(i64::from(days) * DAY_HOURS)).unwrap_or(Timestamp::MAX)
}

/// With `skip` the days of all doses are fixed by the first; a missed one is left out.
fn next_slot(
    course: &Course,
    first: Timestamp,
    given: &[Timestamp],
    now: Timestamp,
    zone: &TimeZone,
) -> Option<DoseWindow> {
    let every = course.every?;
    let last = given.last().copied()?;
    let number = u32::try_from(given.len()).ok()?.checked_add(1)?;
    let mut from = first;
    for _ in 1..course.doses {
        let slot = around(course, every, number, from, zone);
        if slot.earliest > last && slot.latest >= now {
            return Some(slot);
        }
        from = slot.due;
    }
    None
}

/// Whether the next dose may start at a moment. `board_allows` is the safety board's decision to give it
/// late all the same; nothing allows two doses closer than the file says.
pub fn judge_start(
    course: &Course,
    given: &[Timestamp],
    anchor: Option<Timestamp>,
    at: Timestamp,
    board_allows: bool,
    zone: &TimeZone,
) -> StartVerdict {
    if let Some(last) = given.last()
        && let Some(Late::Shift { least_days, .. }) = course.late
        && at < days_later(*last, least_days)
    {
        let last = instant_in_words(*last, zone);
        return StartVerdict::Refused(format!("closer than {least_days} days to the dose of {last}"));
    }
    let window = match next_dose(course, given, anchor, at, zone) {
        NextDose::Due(window) => window,
        NextDose::Complete => {
            return StartVerdict::Refused(format!("no dose is left of {}", course.doses));
        }
        NextDose::NotDated(why) => return StartVerdict::Refused(why),
    };
    let number = window.number;
    let words = |at| instant_in_words(at, zone);
    if at < window.earliest {
        return StartVerdict::Refused(format!("dose {number} is not due before {}", words(window.earliest)));
    }
    if at <= window.latest {
        return StartVerdict::Allowed { number, timing: Timing::OnTime };
    }
    if board_allows || window.late_until.is_some_and(|until| at <= until) {
        return StartVerdict::Allowed { number, timing: Timing::Late };
    }
    let end = window.late_until.unwrap_or(window.latest);
    StartVerdict::BoardDecides(format!(
        "dose {number} could be given until {}; the safety board decides",
        words(end)
    ))
}

/// The windows of all doses not yet given, each counted from the due time of the one before.
pub fn plan(
    course: &Course,
    given: &[Timestamp],
    anchor: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<DoseWindow> {
    let mut starts = given.to_vec();
    let mut windows = Vec::new();
    while let NextDose::Due(window) = next_dose(course, &starts, anchor, now, zone) {
        starts.push(window.due.max(starts.last().copied().unwrap_or(Timestamp::MIN)));
        windows.push(window);
        if windows.len() > usize::try_from(course.doses).unwrap_or(usize::MAX) {
            break;
        }
    }
    windows
}

/// When the last investigational dose was: the last of those planned, or the last before dosing was stopped;
/// without any, the time dosing was stopped.
pub fn last_dose(course: &Course, given: &[Stamp], stopped: Option<Stamp>) -> Option<Stamp> {
    let all = u32::try_from(given.len()).is_ok_and(|given| given >= course.doses);
    match (all, stopped) {
        (true, _) => given.last().copied(),
        (false, Some(stopped)) => Some(given.last().copied().unwrap_or(stopped)),
        (false, None) => None,
    }
}
