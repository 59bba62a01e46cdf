//! Whether a time lies in a window, after, or before what happened to the subject (semantics 11 and 12).

use jiff::tz::TimeZone;

use super::chart::Chart;
use super::time::{Bounds, Stamp};
use super::truth::{Answer, Truth};
use crate::scalar::{Anchor, Moment, Within};

/// Whether a time is within a span after an anchor, each time the anchor was; one suffices. Both ends are
/// inside. Where a day alone is known, one fitting moment of it suffices.
pub fn within(at: Stamp, window: &Within, chart: &Chart) -> Answer {
    let starts = chart.times_at(&window.after);
    if starts.is_empty() {
        return Answer::known(
            Truth::False,
            format!("no {} has happened, asked within {window}", named(&window.after)),
        );
    }
    Answer::any(
        starts
            .into_iter()
            .enumerate()
            .map(|(place, start)| one_window(at, window, start, place, &chart.zone)),
    )
}

fn one_window(at: Stamp, window: &Within, start: Stamp, place: usize, zone: &TimeZone) -> Answer {
    let number = match &window.after {
        Anchor::Event(event) if event.as_str() == "dose" => format!("dose {}", place + 1),
        anchor => named(anchor),
    };
    let (Some(time), Some(opened)) = (at.bounds(zone), start.bounds(zone)) else {
        let reason = format!("{} against {} of {}", at.in_words(zone), number, start.in_words(zone));
        return Answer::known(
            Truth::Unknown,
            format!("{reason}: whether it is within {window} is not known"),
        );
    };
    let inside = opened.earliest <= time.latest && time.earliest <= opened.after(window.span, zone).latest;
    let stands = if inside { "within" } else { "not within" };
    let reason = format!(
        "{} is {stands} {} after {number} of {}",
        at.in_words(zone),
        window.span,
        start.in_words(zone)
    );
    Answer::known(Truth::from(inside), reason)
}

/// Whether a time is at or after the first time of a moment.
pub fn not_before(at: Stamp, moment: &Moment, chart: &Chart) -> Answer {
    against(at, moment, chart, Side::After)
}

/// Whether a time is before a moment, as every time is before what has not happened.
pub fn before(at: Stamp, moment: &Moment, chart: &Chart) -> Answer {
    against(at, moment, chart, Side::Before)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    Before,
}

fn against(at: Stamp, moment: &Moment, chart: &Chart, side: Side) -> Answer {
    let zone = &chart.zone;
    if chart.times_at(moment.anchor()).is_empty() {
        let reason = format!("{} has not happened", named(moment.anchor()));
        return Answer::known(Truth::from(side == Side::Before), reason);
    }
    let first = chart.bounds_of(moment).into_iter().min_by_key(|bounds: &Bounds| bounds.earliest);
    let words = if side == Side::After { "at or after" } else { "before" };
    let (Some(time), Some(mark)) = (at.bounds(zone), first) else {
        return Answer::known(
            Truth::Unknown,
            format!("whether {} is {words} {moment} is not known", at.in_words(zone)),
        );
    };
    let holds = match side {
        Side::After => mark.earliest <= time.latest,
        Side::Before => time.earliest < mark.latest,
    };
    let stands = if holds { "is" } else { "is not" };
    let mark = Stamp::Instant(mark.earliest).in_words(zone);
    Answer::known(Truth::from(holds), format!("{} {stands} {words} {moment} ({mark})", at.in_words(zone)))
}

fn named(anchor: &Anchor) -> String {
    anchor.to_string()
}
