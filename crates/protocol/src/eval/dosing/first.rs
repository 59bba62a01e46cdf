//! From when the first dose may be given: the end of a phase, or an event (semantics 14).

use super::Course;
use crate::Protocol;
use crate::eval::Stamp;
use crate::eval::events::{Evidence, moment_day};
use crate::eval::schedule::openings;
use crate::eval::time::Bounds;
use crate::ids::EventId;
use crate::scalar::{Anchor, Moment};

/// What a subject is allocated by: from then on doses may be given where a file says nothing of the first.
const ALLOCATED: &str = "randomization";

/// When what the course's `first` names happened, the last time it did; of a phase its last day. Without `first` the
/// allocation. None while it has no date.
pub fn first_from(protocol: &Protocol, course: &Course, evidence: &Evidence<'_>) -> Option<Bounds> {
    let zone = &evidence.chart.zone;
    let name = course.first.as_ref().map_or(ALLOCATED, |first| first.after.as_str());
    if let Some(phase) = protocol.phases.get(name) {
        let last_day = openings(protocol, phase, evidence).last()?.last_day?;
        return Stamp::Day(last_day).bounds(zone);
    }
    let happened = Moment::At(Anchor::Event(name.parse::<EventId>().ok()?));
    let recorded = evidence.chart.bounds_of(&happened).last().copied();
    recorded.or_else(|| Stamp::Day(moment_day(protocol, &happened, evidence)?).bounds(zone))
}
