//! When doses are due: the first as `first` says, each further one counted from the dose before, and what becomes of one
//! that was missed (semantics 14 and 15).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Course;
use crate::eval::Stamp;
use crate::eval::time::{Bounds, after, day_end, day_of, day_start, same_hour_after, same_hour_before};
use crate::scalar::{First, Interval, Late};

/// The doses of one subject: those given, and what the next ones are counted from.
#[derive(Clone, Copy, Debug)]
pub struct Doses<'a> {
    /// What the subject is to receive.
    pub course: &'a Course,
    /// The starts that are not known to be void, in the order of time (semantics 13).
    pub given: &'a [Timestamp],
    /// When what the first dose hangs on happened; see [`super::first_from`].
    pub first_from: Option<Bounds>,
    /// The site's time zone.
    pub zone: &'a TimeZone,
}

/// When one dose is due, and how far from it it may be given; both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoseWindow {
    /// Its number, from 1.
    pub number: u32,
    /// When it is due.
    pub due: Timestamp,
    /// From when on it may be given.
    pub earliest: Timestamp,
    /// Until when it is on time; none where nothing limits it.
    pub latest: Option<Timestamp>,
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
    /// It has no date.
    NotDated(NotDated),
}

/// Why a dose has no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDated {
    /// What the first dose hangs on has not happened.
    #[error("the first dose is due {0}, which has not happened")]
    First(First),
    /// Nobody was allocated: nothing counts yet.
    #[error("the allocation is not known")]
    NotAllocated,
    /// The file does not say how far apart doses are.
    #[error("the file does not say how far apart doses are")]
    NoInterval,
}

const DAY_HOURS: i64 = 24;

impl DoseWindow {
    /// Whether it was missed by a moment: it is not on time any more.
    pub fn is_missed(&self, at: Timestamp) -> bool {
        self.latest.is_some_and(|latest| latest < at)
    }
}

impl Doses<'_> {
    /// The next dose after those given. Frozen doses return by this too: they count from the last dose given.
    pub fn next(&self, now: Timestamp) -> NextDose {
        let (course, given) = (self.course, self.given);
        let count = u32::try_from(given.len()).unwrap_or(u32::MAX);
        match (given.last(), given.first()) {
            _ if count >= course.doses => NextDose::Complete,
            (Some(last), Some(first)) if course.late == Some(Late::Skip) => {
                self.next_slot(*first, *last, count + 1, now).map_or(NextDose::Complete, NextDose::Due)
            }
            (Some(last), _) => match course.every {
                Some(every) => NextDose::Due(self.after_last(every, count + 1, *last)),
                None => NextDose::NotDated(NotDated::NoInterval),
            },
            (None, _) => self.first(),
        }
    }

    /// The windows of all doses not yet given, each counted from the due time of the one before. `agreed` is the moment
    /// that people agreed on for a first dose. One that was missed and may be given late is due now, and the following
    /// shift with it; from one that only the board may allow, none is planned.
    ///
    /// # Errors
    /// Why the next dose has no date.
    pub fn plan(&self, agreed: Option<Timestamp>, now: Timestamp) -> Result<Vec<DoseWindow>, NotDated> {
        let mut given = self.given.to_vec();
        let mut windows = Vec::new();
        loop {
            let window = match (Doses { given: &given, ..*self }.next(now)) {
                NextDose::Due(window) => window,
                NextDose::NotDated(why) if windows.is_empty() => return Err(why),
                NextDose::NotDated(_) | NextDose::Complete => break,
            };
            let agreed = agreed.filter(|_| given.is_empty());
            let Some(window) = returned(DoseWindow { due: agreed.unwrap_or(window.due), ..window }, now)
            else {
                break;
            };
            given.push(window.due);
            windows.push(window);
        }
        Ok(windows)
    }

    fn first(&self) -> NextDose {
        let window = |from: Bounds, latest| {
            NextDose::Due(DoseWindow {
                number: 1,
                due: from.earliest,
                earliest: from.earliest,
                latest,
                late_until: None,
            })
        };
        match (&self.course.first, self.first_from) {
            (Some(first), Some(from)) => window(from, Some(after(from.latest, first.within, self.zone))),
            // Nothing limits it: from the allocation on, and never late.
            (None, Some(from)) => window(from, None),
            (Some(first), None) => NextDose::NotDated(NotDated::First(first.clone())),
            (None, None) => NextDose::NotDated(NotDated::NotAllocated),
        }
    }

    fn after_last(&self, every: Interval, number: u32, last: Timestamp) -> DoseWindow {
        let mut window = self.around(every, number, last);
        if let Some(Late::Shift { least_days, most_days }) = self.course.late {
            window.earliest = window.earliest.max(days_later(last, least_days));
            window.due = window.due.max(window.earliest);
            let until = days_later(last, most_days);
            window.latest = window.latest.map(|latest| latest.min(until));
            window.late_until = Some(until);
        }
        window
    }

    /// The window of a dose that counts from another; without one written, the whole days of its interval.
    fn around(&self, every: Interval, number: u32, from: Timestamp) -> DoseWindow {
        let zone = self.zone;
        let due = same_hour_after(from, every.least(), zone);
        let last = same_hour_after(from, every.most(), zone);
        let (earliest, latest) = match self.course.window {
            Some(window) => {
                (same_hour_before(due, window.span(), zone), same_hour_after(last, window.span(), zone))
            }
            None if every.is_range() => (due, last),
            None => (day_start(day_of(due, zone), zone), day_end(day_of(last, zone), zone)),
        };
        DoseWindow { number, due, earliest, latest: Some(latest), late_until: None }
    }

    /// With `skip` the days of all doses are fixed by the first; a missed one is left out.
    fn next_slot(
        &self,
        first: Timestamp,
        last: Timestamp,
        number: u32,
        now: Timestamp,
    ) -> Option<DoseWindow> {
        let every = self.course.every?;
        let mut from = first;
        for _ in 1..self.course.doses {
            let slot = self.around(every, number, from);
            if slot.earliest > last && !slot.is_missed(now) {
                return Some(slot);
            }
            from = slot.due;
        }
        None
    }
}

/// A missed dose as it returns: due now, until it may not be given late any more. None where only the board may allow it.
fn returned(window: DoseWindow, now: Timestamp) -> Option<DoseWindow> {
    if !window.is_missed(now) {
        return Some(window);
    }
    let until = window.late_until.filter(|until| now <= *until)?;
    Some(DoseWindow { due: now, latest: Some(until), ..window })
}

pub(super) fn days_later(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(i64::from(days) * DAY_HOURS)).unwrap_or(Timestamp::MAX)
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
