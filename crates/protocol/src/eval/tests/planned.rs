//! A whole schedule held against what was performed, so that the sentences about windows, spans and duties can be asked one
//! by one. Followup keeps the standing of visits over time; here it is found at one moment.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Protocol;
use crate::eval::Stamp;
use crate::eval::events::Evidence;
use crate::eval::schedule::{Asked, ItemKey, Times, VisitWindow, asked, openings};
use crate::ids::ActivityId;
use crate::scalar::Duty;

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemState {
    /// Its window has not opened.
    Planned,
    /// Its window is open.
    Due,
    /// Its window has closed, and too little was done.
    Overdue,
    /// Enough was done.
    Done,
    /// A person closed it with a reason.
    Waived,
    /// It was optional, and its window has closed.
    Passed,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub key: ItemKey,
    /// When.
    pub window: VisitWindow,
    /// How often in the window, at least.
    pub least: u32,
    /// How often it was done.
    pub done: u32,
    /// How it stands.
    pub state: ItemState,
}

/// An activity that was performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// What.
    pub activity: ActivityId,
    /// When.
    pub at: Stamp,
}

/// The schedule of one subject.
pub fn plan(
    protocol: &Protocol,
    evidence: &Evidence<'_>,
    performed: &[Performed],
    waived: &BTreeSet<ItemKey>,
    now: Timestamp,
) -> Vec<Item> {
    let zone = &evidence.chart.zone;
    let mut items = Vec::new();
    for phase in protocol.phases.values() {
        for open in openings(protocol, phase, evidence) {
            let all = asked(protocol, phase, &open, evidence, |_| true);
            for line in all.chunk_by(|a, b| (&a.key.activity, a.key.line) == (&b.key.activity, b.key.line)) {
                items.extend(stand(line, performed, zone, now, waived));
            }
        }
    }
    items
}

/// One performed activity counts in one window of a line; other lines may count it too (semantics 33).
fn stand(
    line: &[Asked],
    performed: &[Performed],
    zone: &TimeZone,
    now: Timestamp,
    waived: &BTreeSet<ItemKey>,
) -> Vec<Item> {
    let activity = line.first().map(|asked| &asked.key.activity);
    let mine: Vec<Stamp> =
        performed.iter().filter(|done| Some(&done.activity) == activity).map(|done| done.at).collect();
    let least = |asked: &Asked| usize::try_from(asked.least).unwrap_or(usize::MAX);
    let windows = line.iter().flat_map(|asked| std::iter::repeat_n(&asked.window, least(asked)));
    let mut counted = Times::of(&mine, zone).assign(windows).into_iter();
    let items = line.iter().map(|asked| {
        let done = counted.by_ref().take(least(asked)).flatten().count();
        let done = u32::try_from(done).unwrap_or(u32::MAX);
        let waived = asked.duty == Duty::Waivable && waived.contains(&asked.key);
        let (opens, closes) = (asked.window.opens_at(zone), asked.window.closes_at(zone));
        let state = state((opens, closes), asked.duty, done >= asked.least, waived, now);
        Item { key: asked.key.clone(), window: asked.window, least: asked.least, done, state }
    });
    items.collect()
}

fn state(
    (opens, closes): (Timestamp, Option<Timestamp>),
    duty: Duty,
    enough: bool,
    waived: bool,
    now: Timestamp,
) -> ItemState {
    let closed = closes.is_some_and(|closes| closes < now);
    match (enough, waived, closed, duty) {
        (true, ..) => ItemState::Done,
        (_, true, ..) => ItemState::Waived,
        (_, _, true, Duty::Optional) => ItemState::Passed,
        (_, _, true, _) => ItemState::Overdue,
        _ if now < opens => ItemState::Planned,
        _ => ItemState::Due,
    }
}
