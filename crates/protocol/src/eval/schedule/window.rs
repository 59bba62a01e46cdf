//! When an item of the schedule counts as done: whole days at the site, or a few minutes around a moment.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::eval::time::{day_end, day_of, day_start};

/// When an item is due; both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisitWindow {
    /// Some day of these, at the site.
    Days {
        /// From which day on it counts.
        opens: Date,
        /// The first day it is meant for; of a fixed day that day.
        first: Date,
        /// The last day it is meant for; none in a phase whose end has no date.
        last: Option<Date>,
        /// Until which day it counts; none in a phase whose end has no date.
        closes: Option<Date>,
    },
    /// A moment, and how far from it.
    Moment {
        /// From when on it counts.
        opens: Timestamp,
        /// The moment it is meant for.
        target: Timestamp,
        /// Until when it counts.
        closes: Timestamp,
    },
}

impl VisitWindow {
    /// From when on it counts.
    pub fn opens_at(&self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Days { opens, .. } => day_start(*opens, zone),
            Self::Moment { opens, .. } => *opens,
        }
    }

    /// The day or moment it is meant for: the beginning of a recurring span.
    pub fn target_at(&self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Days { first, .. } => day_start(*first, zone),
            Self::Moment { target, .. } => *target,
        }
    }

    /// Until when it counts.
    pub fn closes_at(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Days { closes, .. } => closes.map(|closes| day_end(closes, zone)),
            Self::Moment { closes, .. } => Some(*closes),
        }
    }

    /// The days among which it counts.
    pub fn days(&self, zone: &TimeZone) -> (Date, Option<Date>) {
        match self {
            Self::Days { opens, closes, .. } => (*opens, *closes),
            Self::Moment { opens, closes, .. } => (day_of(*opens, zone), Some(day_of(*closes, zone))),
        }
    }
}
