//! The anchors that the lines of a phase name beside its opening.

use jiff::civil::Date;

use crate::Protocol;
use crate::eval::events::{Evidence, moment_day};
use crate::model::Phase;
use crate::scalar::{Anchor, LineKind, Moment};

/// The days of the anchors that the lines of a phase name beside its opening (`at month 1 after transplant`), in the
/// order of the lines. A plan whose openings and anchors stand is the same plan.
pub fn anchors(protocol: &Protocol, phase: &Phase, evidence: &Evidence<'_>) -> Vec<Option<Date>> {
    let days =
        named_by_lines(phase).map(|anchor| moment_day(protocol, &Moment::At(anchor.clone()), evidence));
    days.collect()
}

fn named_by_lines(phase: &Phase) -> impl Iterator<Item = &Anchor> {
    let lines = phase.activities.values().flat_map(|activity| &activity.lines);
    lines.filter_map(|line| match &line.kind {
        LineKind::At { after, .. } => after.as_ref(),
        _ => None,
    })
}
