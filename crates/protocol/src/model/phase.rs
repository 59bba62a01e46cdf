//! Phases of the schedule: when each opens and ends, and what is done in it (semantics 31 to 36).

use super::Head;
use crate::blocks::Blocks;
use crate::ids::{ActivityId, PhaseId};
use crate::scalar::{Line, Moment, PhaseEnd, Window};

/// `[phase.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its id.
    pub id: PhaseId,
    /// Section, label and assumptions.
    pub head: Head,
    /// When it opens, each time.
    pub from: Moment,
    /// When it ends: at the first of these. Empty only without recurring lines.
    pub until: Vec<PhaseEnd>,
    /// The window of all its lines, in place of those of `[windows]`.
    pub window: Option<Window>,
    /// What is done, in the order of the file.
    pub activities: Blocks<ActivityId, ScheduledActivity>,
}

/// One activity of a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledActivity {
    /// The activity.
    pub activity: ActivityId,
    /// Its lines; each asks for the least that must be done.
    pub lines: Vec<Line>,
}
