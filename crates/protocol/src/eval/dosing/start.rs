//! Whether the next dose may start at a moment, on time, late, or only by the safety board's word (semantics 14, 15).

use jiff::Timestamp;

use super::spacing::{Doses, NextDose, NotDated, days_later};
use crate::scalar::Late;

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
    Refused(NotNow),
    /// It may not unless the safety board decides so.
    BoardDecides {
        /// The number of the dose.
        number: u32,
        /// Until when it could be given without the board.
        until: Timestamp,
    },
}

/// Why a dose may not start, whatever the board says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// Two doses in a row would be closer than the file allows.
    #[error("no two doses are closer than {least_days} days; the last was at {last}")]
    TooClose {
        /// The dose before.
        last: Timestamp,
        /// Days of 24 hours.
        least_days: u32,
    },
    /// Its window has not opened.
    #[error("dose {number} is not due before {earliest}")]
    NotDue {
        /// The number of the dose.
        number: u32,
        /// When its window opens.
        earliest: Timestamp,
    },
    /// All doses were started, or those that are left were missed and are skipped.
    #[error("no dose is left of {doses}")]
    NoDoseLeft {
        /// How many the file gives.
        doses: u32,
    },
    /// It has no date.
    #[error(transparent)]
    NotDated(#[from] NotDated),
}

impl Doses<'_> {
    /// Whether the next dose may start at a moment. `board_allows` is the safety board's decision to give it late all
    /// the same; nothing allows two doses closer than the file says.
    pub fn judge_start(&self, at: Timestamp, board_allows: bool) -> StartVerdict {
        if let (Some(last), Some(Late::Shift { least_days, .. })) = (self.given.last(), self.course.late)
            && at < days_later(*last, least_days)
        {
            return StartVerdict::Refused(NotNow::TooClose { last: *last, least_days });
        }
        let window = match self.next(at) {
            NextDose::Due(window) => window,
            NextDose::Complete => {
                return StartVerdict::Refused(NotNow::NoDoseLeft { doses: self.course.doses });
            }
            NextDose::NotDated(why) => return StartVerdict::Refused(why.into()),
        };
        let number = window.number;
        if at < window.earliest {
            return StartVerdict::Refused(NotNow::NotDue { number, earliest: window.earliest });
        }
        let Some(latest) = window.latest.filter(|latest| at > *latest) else {
            return StartVerdict::Allowed { number, timing: Timing::OnTime };
        };
        if board_allows || window.late_until.is_some_and(|until| at <= until) {
            return StartVerdict::Allowed { number, timing: Timing::Late };
        }
        StartVerdict::BoardDecides { number, until: window.late_until.unwrap_or(latest) }
    }
}
