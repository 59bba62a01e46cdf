//! A length of time as a protocol writes it. Up to weeks it is exact; months and years are calendar.

use std::fmt;

use jiff::SignedDuration;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::error::by_text;
use super::{Scalar, Scan};

/// The unit of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanUnit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 times 24 hours.
    Week,
    /// A calendar month, clipped to its last day.
    Month,
    /// Twelve calendar months.
    Year,
}

impl SpanUnit {
    /// All units, shortest first.
    pub const ALL: [Self; 6] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// The singular word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The exact length; none for calendar units.
    pub fn seconds(self) -> Option<u32> {
        match self {
            Self::Minute => Some(60),
            Self::Hour => Some(3_600),
            Self::Day => Some(86_400),
            Self::Week => Some(604_800),
            Self::Month | Self::Year => None,
        }
    }

    /// Reads the singular word.
    pub(crate) fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| scan.eat(unit.as_str()))
    }
}

impl fmt::Display for SpanUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `1 week`, `30 days`, `4.5 months` (format 3.3; semantics 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    number: Decimal,
    unit: SpanUnit,
}

/// A calendar span taken apart: whole months, then days. 4.5 months are 4 months and 15 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CalendarSpan {
    /// Whole calendar months; a year is twelve.
    pub months: u32,
    /// Days that follow, thirtieths of a month.
    pub days: u32,
}

/// Ten thousand years: beyond it no trial plans anything, and calendars end.
const LONGEST_YEARS: u32 = 10_000;

impl Span {
    /// A span of `number` units; none when it is negative or longer than any calendar.
    pub fn new(number: Decimal, unit: SpanUnit) -> Option<Self> {
        let per_year: u32 = match unit {
            SpanUnit::Minute => 525_600,
            SpanUnit::Hour => 8_760,
            SpanUnit::Day => 365,
            SpanUnit::Week => 52,
            SpanUnit::Month => 12,
            SpanUnit::Year => 1,
        };
        let longest = Decimal::from(LONGEST_YEARS) * Decimal::from(per_year);
        let fits = !number.is_sign_negative() && number <= longest && number.scale() <= 6;
        fits.then(|| Self { number: number.normalize(), unit })
    }

    /// How many units.
    pub fn number(&self) -> Decimal {
        self.number
    }

    /// The unit.
    pub fn unit(&self) -> SpanUnit {
        self.unit
    }

    /// The exact length of a span up to weeks, to the second; none for months and years.
    pub fn exact(&self) -> Option<SignedDuration> {
        let seconds = self.number * Decimal::from(self.unit.seconds()?);
        Some(SignedDuration::from_secs(seconds.round().to_i64()?))
    }

    /// Months and days of a calendar span; none for spans up to weeks.
    pub fn calendar(&self) -> Option<CalendarSpan> {
        let months = match self.unit {
            SpanUnit::Month => self.number,
            SpanUnit::Year => self.number * Decimal::from(12),
            _ => return None,
        };
        let whole = months.trunc();
        let days = ((months - whole) * Decimal::from(30)).round();
        Some(CalendarSpan { months: whole.to_u32()?, days: days.to_u32()? })
    }
}

impl Scalar for Span {
    const NAME: &'static str = "span of time";
    const ALLOWED: &'static str =
        "a number and minutes, hours, days, weeks, months or years, such as 1 week or 4.5 months";

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let number = scan.decimal()?;
        scan.expect(" ")?;
        let unit = SpanUnit::scan(scan)?;
        scan.eat("s");
        Self::new(number, unit)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.number == Decimal::ONE { "" } else { "s" };
        write!(f, "{} {}{plural}", self.number, self.unit)
    }
}

by_text!(Span);
