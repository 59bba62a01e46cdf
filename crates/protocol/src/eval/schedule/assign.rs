//! Which of the performed activities counts where: each in one window of a line, other lines may count it too
//! (semantics 31 and 33).

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::VisitWindow;
use crate::eval::time::{Bounds, Stamp};

/// The times of performed activities, worked out once for the lines that ask for the activity.
#[derive(Clone, Debug)]
pub struct Times(Vec<Time>);

#[derive(Clone, Copy, Debug)]
struct Time {
    place: usize,
    day: Date,
    at: Bounds,
}

impl Times {
    /// In order of time. What has no date counts nowhere.
    pub fn of(performed: &[Stamp], zone: &TimeZone) -> Self {
        let dated = performed.iter().enumerate();
        let times =
            dated.filter_map(|(place, at)| Some(Time { place, day: at.day(zone)?, at: at.bounds(zone)? }));
        let mut times: Vec<Time> = times.collect();
        times.sort_by_key(|time| (time.at.earliest, time.at.latest));
        Self(times)
    }

    /// For each window of one line, in order of time, the place of the performed activity that counts in it. The
    /// earliest window takes the earliest that fits: no other way fills more. Twice on a day is once, where windows
    /// count days.
    pub fn assign<'a>(&self, windows: impl IntoIterator<Item = &'a VisitWindow>) -> Vec<Option<usize>> {
        let mut left = self.0.clone();
        let each = windows.into_iter().map(|window| {
            let near = left.iter().take_while(|time| time.against(window) != Ordering::Greater);
            let found = near.enumerate().find(|(_, time)| time.against(window) == Ordering::Equal);
            let taken = left.remove(found.map(|(place, _)| place)?);
            if matches!(window, VisitWindow::Days { .. }) {
                left.retain(|other| other.day != taken.day);
            }
            Some(taken.place)
        });
        each.collect()
    }
}

impl Time {
    /// Before the window, in it, or after it. Of a day alone, any moment of it may count (semantics 11).
    fn against(&self, window: &VisitWindow) -> Ordering {
        let (before, after) = match window {
            VisitWindow::Days { opens, closes, .. } => {
                (self.day < *opens, closes.is_some_and(|closes| self.day > closes))
            }
            VisitWindow::Moment { opens, closes, .. } => {
                (self.at.latest < *opens, self.at.earliest > *closes)
            }
        };
        match (before, after) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn week(first: i8) -> VisitWindow {
        let day = |day| date(2025, 3, day);
        let (opens, closes) = (day(first - 1), Some(day(first + 7)));
        VisitWindow::Days { opens, first: day(first), last: Some(day(first + 6)), closes }
    }

    fn assign(windows: &[VisitWindow], performed: &[Stamp]) -> Vec<Option<usize>> {
        Times::of(performed, &TimeZone::UTC).assign(windows)
    }

    fn days(days: &[i8]) -> Vec<Stamp> {
        days.iter().map(|day| Stamp::Day(date(2025, 3, *day))).collect()
    }

    #[test]
    fn the_earliest_window_takes_the_earliest_that_fits() {
        let windows = [week(3), week(3), week(10), week(10)];
        let assigned = assign(&windows, &days(&[17, 9, 4]));
        assert_eq!(assigned, [Some(2), Some(1), Some(0), None]);
    }

    #[test]
    fn twice_on_a_day_is_once() {
        let windows = [week(3), week(3)];
        assert_eq!(assign(&windows, &days(&[4, 4])), [Some(0), None]);
        assert_eq!(assign(&windows, &days(&[4, 5])), [Some(0), Some(1)]);
    }

    #[test]
    fn moments_take_one_each_and_a_day_alone_may_be_any_moment_of_it() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let minute = |opens, target, closes| VisitWindow::Moment {
            opens: at(opens),
            target: at(target),
            closes: at(closes),
        };
        let windows = [
            minute("2025-03-01T09:50:00Z", "2025-03-01T10:00:00Z", "2025-03-01T10:10:00Z"),
            minute("2025-03-01T10:05:00Z", "2025-03-01T10:15:00Z", "2025-03-01T10:25:00Z"),
        ];
        let exact = [Stamp::Instant(at("2025-03-01T10:05:00Z")), Stamp::Instant(at("2025-03-01T10:11:00Z"))];
        assert_eq!(assign(&windows, &exact), [Some(0), Some(1)]);
        assert_eq!(assign(&windows, &days(&[1])), [Some(0), None]);
    }
}
