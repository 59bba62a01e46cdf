//! The pure part of the demo: invented people and what happens to them. A seed repeats everything; nothing here knows of clocks,
//! services or sockets, and no trial is named: what is invented follows the file.

mod adverse;
mod attendance;
mod chance;
mod chart;
mod course;
mod draw;
mod fate;
mod laboratory;
mod outline;
mod wish;

pub(crate) use adverse::{Adverse, ordinary, suspending};
pub(crate) use attendance::{Asked, Attendance, attends};
pub(crate) use chance::Chance;
pub(crate) use chart::{Chart, TO_ALLOCATION_DAYS, eligible, ineligible};
pub(crate) use course::{Course, Transfusion};
pub(crate) use draw::{Drawn, draw};
pub(crate) use fate::{End, Fates};
pub(crate) use laboratory::{Analyte, Message, Named, Specimen, Word, messages, value};
pub(crate) use outline::{Outline, days};
pub(crate) use wish::fulfil;

use jiff::civil::Date;

/// Whole days from one day to another; negative where the other is earlier.
pub(crate) fn days_from(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
