//! What is to be done when: the lines of each phase as items with windows, done, due and overdue
//! (semantics 31 to 36). Planned anew at every asking; what was performed is an argument and never moves.

mod lines;
mod opening;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Stamp;
use super::events::Evidence;
use crate::Protocol;
use crate::ids::{ActivityId, PhaseId};
use crate::model::Phase;
use crate::scalar::{Duty, Line};

pub use opening::{OpenPhase, openings};

/// When an item is due; both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VisitWindow {
    /// From when on it counts.
    pub opens: Timestamp,
    /// The day or moment it is meant for: the beginning of a recurring span.
    pub target: Timestamp,
    /// Until when it counts; none in a phase whose end has no date.
    pub closes: Option<Timestamp>,
}

/// Which item of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemKey {
    /// The phase.
    pub phase: PhaseId,
    /// Which opening of the phase, from 1.
    pub opening: u32,
    /// The activity.
    pub activity: ActivityId,
    /// The line of the activity, from 1.
    pub line: u32,
    /// Which item of the line, from 1.
    pub place: u32,
}

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
    /// How firmly.
    pub duty: Duty,
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
    let mut items = Vec::new();
    for phase in protocol.phases.values() {
        for open in openings(protocol, phase, evidence) {
            items.extend(of_phase(protocol, phase, &open, evidence, performed, waived, now));
        }
    }
    items
}

fn of_phase(
    protocol: &Protocol,
    phase: &Phase,
    open: &OpenPhase,
    evidence: &Evidence<'_>,
    performed: &[Performed],
    waived: &BTreeSet<ItemKey>,
    now: Timestamp,
) -> Vec<Item> {
    let mut items = Vec::new();
    for scheduled in phase.activities.values() {
        let mine: Vec<Stamp> =
            performed.iter().filter(|done| done.activity == scheduled.activity).map(|done| done.at).collect();
        for (line, number) in scheduled.lines.iter().zip(1_u32..) {
            let windows = lines::windows(protocol, phase, line, open, evidence);
            let key = |place| ItemKey {
                phase: phase.id.clone(),
                opening: open.number,
                activity: scheduled.activity.clone(),
                line: number,
                place,
            };
            items.extend(stand(line, windows, &mine, evidence, now, key, waived));
        }
    }
    items
}

/// One performed activity counts in one window of a line; other lines may count it too (semantics 33).
fn stand(
    line: &Line,
    windows: Vec<VisitWindow>,
    performed: &[Stamp],
    evidence: &Evidence<'_>,
    now: Timestamp,
    key: impl Fn(u32) -> ItemKey,
    waived: &BTreeSet<ItemKey>,
) -> Vec<Item> {
    let least = lines::least(line);
    let mut left: Vec<Stamp> = performed.to_vec();
    left.sort_unstable();
    let mut items = Vec::new();
    for (window, place) in windows.into_iter().zip(1_u32..) {
        let mut done = 0;
        left.retain(|at| {
            let counts = done < least && inside(*at, &window, evidence);
            done += u32::from(counts);
            !counts
        });
        let key = key(place);
        let waived = line.duty == Duty::Waivable && waived.contains(&key);
        let state = state(&window, line.duty, done >= least, waived, now);
        items.push(Item { key, window, duty: line.duty, least, done, state });
    }
    items
}

fn inside(at: Stamp, window: &VisitWindow, evidence: &Evidence<'_>) -> bool {
    at.bounds(&evidence.chart.zone).is_some_and(|at| {
        window.opens <= at.latest && window.closes.is_none_or(|closes| at.earliest <= closes)
    })
}

fn state(window: &VisitWindow, duty: Duty, enough: bool, waived: bool, now: Timestamp) -> ItemState {
    let closed = window.closes.is_some_and(|closes| closes < now);
    match (enough, waived, closed, duty) {
        (true, ..) => ItemState::Done,
        (_, true, ..) => ItemState::Waived,
        (_, _, true, Duty::Optional) => ItemState::Passed,
        (_, _, true, _) => ItemState::Overdue,
        _ if now < window.opens => ItemState::Planned,
        _ => ItemState::Due,
    }
}
