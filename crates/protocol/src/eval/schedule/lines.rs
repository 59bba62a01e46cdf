//! The windows of one line of a phase: spans of a recurring line, days of a fixed one (semantics 31, 32, 35).

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::{OpenPhase, VisitWindow};
use crate::Protocol;
use crate::eval::chart::Chart;
use crate::eval::events::{Evidence, moment_day};
use crate::eval::time::{after, before, day_after, day_before, day_end, day_start};
use crate::model::Phase;
use crate::scalar::{Anchor, Cadence, Line, LineKind, LinePart, Moment, Span, SpanUnit, Window};

/// As long as the end has no date, items are planned so far ahead (semantics 35).
const AHEAD_DAYS: i64 = 28;

/// A subject's whole schedule is shorter; a file that asks for more is cut off here.
const MOST_ITEMS: u32 = 10_000;

/// How often a line asks for its activity in each window.
pub(super) fn least(line: &Line) -> u32 {
    match line.kind {
        LineKind::Per { least, .. } => least,
        _ => 1,
    }
}

/// The windows of a line in one opening of its phase, each with its place in the line, in order. A fixed point keeps its
/// place where others lie outside of the phase.
pub(super) fn windows(
    protocol: &Protocol,
    phase: &Phase,
    line: &Line,
    open: &OpenPhase,
    evidence: &Evidence<'_>,
) -> Vec<(u32, VisitWindow)> {
    let chart = evidence.chart;
    match &line.kind {
        LineKind::AsNeeded => Vec::new(),
        LineKind::Once => {
            let (opens, last) = (open.first_day, open.last_day);
            vec![(1, VisitWindow::Days { opens, first: opens, last, closes: last })]
        }
        LineKind::Per { cadence, part, .. } => {
            let window = window_of(protocol, phase, *cadence);
            (1..).zip(recurring(*cadence, part.as_ref(), window, open, evidence)).collect()
        }
        LineKind::At { unit, points, after } => {
            let window = window_of(protocol, phase, Cadence::each(*unit));
            let anchor = match after {
                None => Some((open.from, open.first_day)),
                Some(anchor) => anchored(protocol, anchor, evidence),
            };
            let Some((from, day)) = anchor else { return Vec::new() };
            let inside = (1..).zip(points).filter_map(|(place, point)| {
                Some((place, at_point(*unit, *point, from, day, window, open, chart)?))
            });
            inside.collect()
        }
    }
}

/// The phase's own window stands for its lines, else that of the cadence.
fn window_of(protocol: &Protocol, phase: &Phase, cadence: Cadence) -> Option<Window> {
    phase.window.or_else(|| protocol.windows.as_ref()?.by_cadence.get(&cadence).copied())
}

fn anchored(protocol: &Protocol, anchor: &Anchor, evidence: &Evidence<'_>) -> Option<(Timestamp, Date)> {
    let chart = evidence.chart;
    let moment = Moment::At(anchor.clone());
    let day = moment_day(protocol, &moment, evidence)?;
    let exact = chart.bounds_of(&moment).into_iter().map(|bounds| bounds.earliest).min();
    Some((exact.unwrap_or_else(|| day_start(day, &chart.zone)), day))
}

/// Consecutive spans from the opening, or from the beginning of the part; whole spans only, since a shorter
/// one would ask for more than the file says.
fn recurring(
    cadence: Cadence,
    part: Option<&LinePart>,
    window: Option<Window>,
    open: &OpenPhase,
    evidence: &Evidence<'_>,
) -> Vec<VisitWindow> {
    let steps =
        |unit, count: u32| Span::new(Decimal::from(count), unit).map(|span| day_after(open.first_day, span));
    let (begin, part_end) = match part {
        None => (Some(open.first_day), None),
        Some(LinePart::In { unit, first, last }) => {
            (steps(*unit, first.saturating_sub(1)), steps(*unit, last.unwrap_or(*first)))
        }
        Some(LinePart::From { unit, first }) => (steps(*unit, first.saturating_sub(1)), None),
    };
    let Some(begin) = begin else { return Vec::new() };
    // The end of a part is the first day of the next; the day of a phase's end is still inside.
    let part_last = part_end.and_then(|day| day.yesterday().ok());
    let last = open.last_day.into_iter().chain(part_last).min();
    let horizon = evidence.today.checked_add(jiff::Span::new().days(AHEAD_DAYS)).unwrap_or(Date::MAX);
    let mut spans = Vec::new();
    for count in 0..MOST_ITEMS {
        let bound = |count: u32| {
            let units = Decimal::from(cadence.number).checked_mul(Decimal::from(count))?;
            Span::new(units, cadence.unit).map(|span| day_after(begin, span))
        };
        let (Some(from), Some(next)) = (bound(count), bound(count + 1)) else { break };
        let Ok(to) = next.yesterday() else { break };
        let beyond = last.is_some_and(|last| to > last) || (open.last_day.is_none() && from > horizon);
        if beyond || to < from {
            break;
        }
        spans.push(widened(from, to, window, open));
    }
    spans
}

/// A span of days with its window. Nothing is done after the day the subject left the study.
fn widened(first: Date, last: Date, window: Option<Window>, open: &OpenPhase) -> VisitWindow {
    let (opens, closes) = match window {
        Some(window) => (day_before(first, window.span()), day_after(last, window.span())),
        None => (first, last),
    };
    let closes = open.left.map_or(closes, |left| closes.min(left));
    VisitWindow::Days { opens, first, last: Some(last), closes: Some(closes) }
}

/// A fixed point: minutes and hours to the moment, longer units to the day. Only inside its phase.
fn at_point(
    unit: SpanUnit,
    point: Decimal,
    from: Timestamp,
    day: Date,
    window: Option<Window>,
    open: &OpenPhase,
    chart: &Chart,
) -> Option<VisitWindow> {
    let zone = &chart.zone;
    let span = Span::new(point.abs(), unit)?;
    let back = point.is_sign_negative();
    if matches!(unit, SpanUnit::Minute | SpanUnit::Hour) {
        let target = if back { before(from, span, zone) } else { after(from, span, zone) };
        let reach = window.and_then(|window| window.span().exact()).unwrap_or(SignedDuration::ZERO);
        let ended = open.last_day.is_some_and(|last| target > day_end(last, zone));
        let opens = target.checked_sub(reach).unwrap_or(target);
        let closes = target.checked_add(reach).unwrap_or(target);
        return (!ended && target >= open.from).then_some(VisitWindow::Moment { opens, target, closes });
    }
    let target = if back { day_before(day, span) } else { day_after(day, span) };
    let inside = target >= open.first_day && open.last_day.is_none_or(|last| target <= last);
    inside.then(|| widened(target, target, window, open))
}
