//! Times as a trial knows them: an instant, a whole day, or no date at all; and spans counted from them.
//! Spans up to weeks are exact, months and years follow the site's calendar (semantics 11).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::scalar::{Span, SpanUnit};

/// When something was so. A date without a time counts as any moment of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stamp {
    /// Nobody knows when.
    Undated,
    /// Some moment of this day at the site.
    Day(Date),
    /// Exactly then.
    Instant(Timestamp),
}

/// The moments among which a time lies, both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first moment it may be.
    pub earliest: Timestamp,
    /// The last moment it may be.
    pub latest: Timestamp,
}

impl Stamp {
    /// The moments it may be; none without a date.
    pub fn bounds(self, zone: &TimeZone) -> Option<Bounds> {
        match self {
            Self::Undated => None,
            Self::Instant(at) => Some(Bounds { earliest: at, latest: at }),
            Self::Day(day) => Some(Bounds { earliest: day_start(day, zone), latest: day_end(day, zone) }),
        }
    }

    /// The day at the site; none without a date.
    pub fn day(self, zone: &TimeZone) -> Option<Date> {
        match self {
            Self::Undated => None,
            Self::Day(day) => Some(day),
            Self::Instant(at) => Some(day_of(at, zone)),
        }
    }

    /// Whether there is a date at all.
    pub fn is_dated(self) -> bool {
        self != Self::Undated
    }

    /// The words of a reason: `2025-03-02 10:00:00+08:00`, `2025-03-02` or `an unknown day`.
    pub fn in_words(self, zone: &TimeZone) -> String {
        match self {
            Self::Undated => "an unknown day".to_owned(),
            Self::Day(day) => day.to_string(),
            Self::Instant(at) => instant_in_words(at, zone),
        }
    }
}

impl Bounds {
    /// Both ends moved forward.
    #[must_use]
    pub fn after(self, span: Span, zone: &TimeZone) -> Self {
        Self { earliest: after(self.earliest, span, zone), latest: after(self.latest, span, zone) }
    }

    /// Both ends moved back.
    #[must_use]
    pub fn before(self, span: Span, zone: &TimeZone) -> Self {
        Self { earliest: before(self.earliest, span, zone), latest: before(self.latest, span, zone) }
    }
}

/// The words of an instant at the site.
pub fn instant_in_words(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%F %T%.f%:z").to_string()
}

/// The site's day of an instant.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// The first moment of a day at the site.
pub fn day_start(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The last moment of a day at the site.
pub fn day_end(day: Date, zone: &TimeZone) -> Timestamp {
    let next = day.tomorrow().map_or(Timestamp::MAX, |next| day_start(next, zone));
    next.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(next)
}

/// An instant and a span later. Beyond the calendar's end it stays there.
pub fn after(at: Timestamp, span: Span, zone: &TimeZone) -> Timestamp {
    match span.exact() {
        Some(exact) => at.checked_add(exact).unwrap_or(Timestamp::MAX),
        None => on_calendar(at, zone, |day| day_after(day, span)),
    }
}

/// An instant and a span earlier.
pub fn before(at: Timestamp, span: Span, zone: &TimeZone) -> Timestamp {
    match span.exact() {
        Some(exact) => at.checked_sub(exact).unwrap_or(Timestamp::MIN),
        None => on_calendar(at, zone, |day| day_before(day, span)),
    }
}

/// An instant and a span later as people agree on appointments: whole days and weeks keep the hour of the site's clocks,
/// also over a night in which they change. Other spans as [`after`].
pub fn same_hour_after(at: Timestamp, span: Span, zone: &TimeZone) -> Timestamp {
    match calendar_days(span) {
        Some(days) => on_calendar(at, zone, |day| day.checked_add(days.days()).unwrap_or(Date::MAX)),
        None => after(at, span, zone),
    }
}

/// An instant and a span earlier, as [`same_hour_after`].
pub fn same_hour_before(at: Timestamp, span: Span, zone: &TimeZone) -> Timestamp {
    match calendar_days(span) {
        Some(days) => on_calendar(at, zone, |day| day.checked_sub(days.days()).unwrap_or(Date::MIN)),
        None => before(at, span, zone),
    }
}

/// The whole days of a span that is written in days or weeks.
fn calendar_days(span: Span) -> Option<i64> {
    let in_days = matches!(span.unit(), SpanUnit::Day | SpanUnit::Week) && span.number().is_integer();
    in_days.then(|| whole_days(span))
}

/// The same time of day on another day; in an hour that the clocks skip, the moment after it.
fn on_calendar(at: Timestamp, zone: &TimeZone, to: impl FnOnce(Date) -> Date) -> Timestamp {
    let here = at.to_zoned(zone.clone());
    let moved = to(here.date()).to_datetime(here.time());
    moved.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A day and a span later: months clipped to the month's end, then days; hours count as whole days.
pub fn day_after(day: Date, span: Span) -> Date {
    let moved = match span.calendar() {
        Some(calendar) => day
            .checked_add(i64::from(calendar.months).months())
            .and_then(|moved| moved.checked_add(i64::from(calendar.days).days())),
        None => day.checked_add(whole_days(span).days()),
    };
    moved.unwrap_or(Date::MAX)
}

/// A day and a span earlier.
pub fn day_before(day: Date, span: Span) -> Date {
    let moved = match span.calendar() {
        Some(calendar) => day
            .checked_sub(i64::from(calendar.months).months())
            .and_then(|moved| moved.checked_sub(i64::from(calendar.days).days())),
        None => day.checked_sub(whole_days(span).days()),
    };
    moved.unwrap_or(Date::MIN)
}

fn whole_days(span: Span) -> i64 {
    const DAY_SECONDS: i64 = 86_400;
    span.exact().map_or(0, |exact| exact.as_secs() / DAY_SECONDS)
}

/// Days from one day to a later one; negative when it is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
