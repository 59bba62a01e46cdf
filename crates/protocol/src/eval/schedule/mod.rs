//! What is to be done when: what the lines of each phase ask for, each with its window (semantics 31 to 36). Found anew at
//! every asking; what was performed is an argument and never moves.

mod anchors;
mod assign;
mod lines;
mod opening;
mod window;

use super::events::Evidence;
use crate::Protocol;
use crate::ids::{ActivityId, PhaseId};
use crate::model::Phase;
use crate::scalar::Duty;

pub use anchors::anchors;
pub use assign::Times;
pub use opening::{OpenPhase, openings, out_of_study};
pub use window::VisitWindow;

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

/// What one line asks for in one of its windows, whether it was done or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which item.
    pub key: ItemKey,
    /// When.
    pub window: VisitWindow,
    /// How firmly.
    pub duty: Duty,
    /// How often in the window, at least.
    pub least: u32,
}

/// What one opening of a phase asks for of the wanted activities, in the order of the file.
pub fn asked(
    protocol: &Protocol,
    phase: &Phase,
    open: &OpenPhase,
    evidence: &Evidence<'_>,
    wanted: impl Fn(&ActivityId) -> bool,
) -> Vec<Asked> {
    let mut all = Vec::new();
    for scheduled in phase.activities.values().filter(|scheduled| wanted(&scheduled.activity)) {
        for (line, number) in scheduled.lines.iter().zip(1_u32..) {
            let windows = lines::windows(protocol, phase, line, open, evidence);
            let (duty, least) = (line.duty, lines::least(line));
            all.extend(windows.into_iter().map(|(place, window)| {
                let key = ItemKey {
                    phase: phase.id.clone(),
                    opening: open.number,
                    activity: scheduled.activity.clone(),
                    line: number,
                    place,
                };
                Asked { key, window, duty, least }
            }));
        }
    }
    all
}
