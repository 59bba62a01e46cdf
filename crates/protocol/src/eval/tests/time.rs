//! Spans and stamps (sentence 11).

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::fixtures::*;
use crate::eval::time::{after, before, day_after, day_end, day_of, day_start};
use crate::scalar::Span;

fn span(text: &str) -> Span {
    text.parse().unwrap()
}

#[test]
fn sentence_11_months_are_calendar_and_clipped() {
    let cases = [
        ("1 month", date(2025, 1, 31), date(2025, 2, 28)),
        ("1 month", date(2024, 1, 31), date(2024, 2, 29)),
        ("4.5 months", date(2025, 1, 1), date(2025, 5, 16)),
        ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
        ("0.5 years", date(2025, 1, 31), date(2025, 7, 31)),
        ("2 weeks", date(2025, 1, 31), date(2025, 2, 14)),
        ("30 days", date(2025, 1, 31), date(2025, 3, 2)),
    ];
    for (text, from, to) in cases {
        assert_eq!(day_after(from, span(text)), to, "{text}");
    }
}

#[test]
fn sentence_11_weeks_are_exact_where_clocks_change() {
    let new_york = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
    let start = date(2025, 3, 1).at(10, 0, 0, 0).to_zoned(new_york.clone()).unwrap().timestamp();
    let weeks = after(start, span("2 weeks"), &new_york);
    assert_eq!(weeks.duration_since(start).as_secs(), 14 * 86_400);
    let month = after(start, span("1 month"), &new_york).to_zoned(new_york.clone());
    assert_eq!((month.date(), month.hour()), (date(2025, 4, 1), 10), "the same time of day");
    assert_eq!(
        day_end(date(2025, 3, 9), &new_york)
            .duration_since(day_start(date(2025, 3, 9), &new_york))
            .as_hours(),
        22
    );
}

#[test]
fn beyond_the_calendar_it_stays_at_the_end() {
    assert_eq!(after(jiff::Timestamp::MAX, span("1 day"), &zone()), jiff::Timestamp::MAX);
    assert_eq!(before(jiff::Timestamp::MIN, span("1 day"), &zone()), jiff::Timestamp::MIN);
    assert_eq!(day_after(date(9999, 12, 1), span("2 years")), jiff::civil::Date::MAX);
}

proptest! {
    /// An exact span forward and back is where one was; a later start never ends on an earlier day (clipped
    /// months let two starts end on one day).
    #[test]
    fn spans_keep_the_order(seconds in 1_600_000_000_i64..1_900_000_000, more in 0_i64..10_000_000, count in 1_u32..40) {
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        let later = jiff::Timestamp::from_second(seconds + more).unwrap();
        for unit in ["days", "hours", "weeks", "months", "years"] {
            let span = span(&format!("{count} {unit}"));
            let (first, second) = (after(at, span, &zone()), after(later, span, &zone()));
            prop_assert!(day_of(first, &zone()) <= day_of(second, &zone()));
            if unit != "months" && unit != "years" {
                prop_assert!(first <= second);
                prop_assert_eq!(before(after(at, span, &zone()), span, &zone()), at);
            }
        }
    }
}
