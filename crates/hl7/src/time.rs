//! Times as they were written: to the year, the day, the minute or a fraction of a second, with or without a zone. What
//! was not written is not made up: a time keeps how exactly it was said.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::{Condition, Part, Problem};

/// How exactly a time was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `2024`
    Year,
    /// `202401`
    Month,
    /// `20240131`
    Day,
    /// `2024013114`
    Hour,
    /// `202401311405`
    Minute,
    /// `20240131140559`
    Second,
    /// `20240131140559.25`
    Fraction,
}

/// A point in time, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// The first moment that it may mean, where it was written.
    pub from: DateTime,
    /// How exactly it was said.
    pub precision: Precision,
    /// The zone it was written with.
    pub offset: Option<Offset>,
}

const ALLOWED: &str = "allowed: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-HHMM], a time of the calendar";

impl Time {
    /// Reads a field of type TS, DTM or DT; none where nothing is said. The second component of older versions says
    /// that less of the time is meant than is written.
    pub fn read(part: &Part<'_>) -> Result<Option<Self>, Box<Problem>> {
        let written = part.component(1);
        let text = written.raw().trim();
        if !written.is_said() {
            return Ok(None);
        }
        let wrong = || written.problem(Condition::DataType, "no time", ALLOWED);
        let time = Self::parse(text).ok_or_else(wrong)?;
        Ok(Some(time.at_most(part.component(2).raw())))
    }

    /// Reads a time of day (TM) on a day; none where it is no such time.
    pub fn of_day(day: Date, text: &str) -> Option<Self> {
        Self::parse(&format!("{:04}{:02}{:02}{text}", day.year(), day.month(), day.day()))
            .filter(|time| time.precision >= Precision::Hour)
    }

    /// Reads letters of a time.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, offset) = match text.find(['+', '-']) {
            Some(at) => (&text[..at], Some(zone(&text[at..])?)),
            None => (text, None),
        };
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(nanoseconds(fraction)?)),
            None => (text, None),
        };
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let precision = match (whole.len(), fraction) {
            (14, Some(_)) => Precision::Fraction,
            (14, None) => Precision::Second,
            (12, None) => Precision::Minute,
            (10, None) => Precision::Hour,
            (8, None) => Precision::Day,
            (6, None) => Precision::Month,
            (4, None) => Precision::Year,
            _ => return None,
        };
        let two = |at: usize, or: i8| whole.get(at..at + 2).map_or(Some(or), |digits| digits.parse().ok());
        let year = whole.get(..4)?.parse().ok().filter(|year| *year >= 1850)?;
        let date = Date::new(year, two(4, 1)?, two(6, 1)?).ok()?;
        let clock =
            jiff::civil::Time::new(two(8, 0)?, two(10, 0)?, two(12, 0)?, fraction.unwrap_or(0)).ok()?;
        Some(Self { from: date.to_datetime(clock), precision, offset })
    }

    fn at_most(mut self, degree: &str) -> Self {
        let said = match degree {
            "Y" => Precision::Year,
            "L" => Precision::Month,
            "D" => Precision::Day,
            "H" => Precision::Hour,
            "M" => Precision::Minute,
            "S" => Precision::Second,
            _ => self.precision,
        };
        self.precision = self.precision.min(said);
        self
    }

    /// The first moment that it may mean. Without a zone of its own it was written in `zone`; of an hour that came twice
    /// there, the first is meant. None beyond the calendar.
    pub fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.offset {
            Some(offset) => offset.to_timestamp(self.from).ok(),
            None => zone.to_ambiguous_timestamp(self.from).compatible().ok(),
        }
    }
}

/// `+0800`
fn zone(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits =
        text.get(1..).filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let within = hours <= 14 && minutes < 60;
    within.then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()).flatten()
}

/// A fraction of a second, of one to nine digits.
fn nanoseconds(digits: &str) -> Option<i32> {
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| format!("{digits:0<9}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, SegmentId, Separators};
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn read(raw: &str) -> Result<Option<Time>, Box<Problem>> {
        Time::read(&Part::field(raw, Separators::default(), Place::segment(SegmentId::OBX, 1).at(14)))
    }

    #[test]
    fn times_keep_how_exactly_they_were_said() {
        for (text, instant, precision) in [
            ("2024", "2023-12-31T16:00:00Z", Precision::Year),
            ("202402", "2024-01-31T16:00:00Z", Precision::Month),
            ("20240229", "2024-02-28T16:00:00Z", Precision::Day),
            ("2024022908", "2024-02-29T00:00:00Z", Precision::Hour),
            ("202402290830", "2024-02-29T00:30:00Z", Precision::Minute),
            ("20240229083059", "2024-02-29T00:30:59Z", Precision::Second),
            ("20240229083059.25", "2024-02-29T00:30:59.25Z", Precision::Fraction),
            ("20240229083059.0850-0400", "2024-02-29T12:30:59.085Z", Precision::Fraction),
            ("200808151030-0700", "2008-08-15T17:30:00Z", Precision::Minute),
            ("20240229+0530", "2024-02-28T18:30:00Z", Precision::Day),
            ("20240229083059^D", "2024-02-29T00:30:59Z", Precision::Day),
            ("2024^S", "2023-12-31T16:00:00Z", Precision::Year),
        ] {
            let time = read(text).unwrap().unwrap();
            assert_eq!(time.instant(&shanghai()), Some(instant.parse().unwrap()), "{text}");
            assert_eq!(time.precision, precision, "{text}");
        }
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "Aug 15, 1942",
            "20230229",
            "20241301",
            "202401011",
            "2024010124",
            "20240101083060",
            "2024.5",
            "202401010830.5",
            "20240101083000.",
            "20240101083000+08",
            "20240101083000+0860",
            "20240101083000+1500",
            "00000101",
            "2024-01-01",
            "１９９９",
            "+0800",
            "20240101083000.1234567890",
            "x",
        ] {
            let refused = read(text).unwrap_err();
            assert_eq!(refused.place.to_string(), "OBX[1]-14[1].1", "{text}");
            assert!(!refused.to_string().contains(text), "a birth date is not repeated");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first() {
        let york = TimeZone::get("America/New_York").unwrap();
        let at = |text: &str| Time::parse(text).unwrap().instant(&york).unwrap().to_string();
        assert_eq!(at("202411030130"), "2024-11-03T05:30:00Z");
        assert_eq!(at("202411030130-0500"), "2024-11-03T06:30:00Z");
        assert_eq!(at("202403100230"), "2024-03-10T07:30:00Z", "an hour that never was");
    }

    #[test]
    fn a_time_of_day_needs_its_day() {
        let day = Date::new(2024, 2, 29).unwrap();
        assert_eq!(Time::of_day(day, "0830"), Time::parse("202402290830"));
        assert_eq!(Time::of_day(day, "083059.5+0800"), Time::parse("20240229083059.5+0800"));
        assert_eq!(Time::of_day(day, ""), None);
        assert_eq!(Time::of_day(day, "2460"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9.+-]{0,24}|.{0,12}") {
            if let Some(time) = Time::parse(&text) {
                let _ = time.instant(&shanghai());
            }
        }
    }
}
