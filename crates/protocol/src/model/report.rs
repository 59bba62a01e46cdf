//! Reporting obligations: what must be told to whom, and how soon (semantics 6).

use super::{Head, Role};
use crate::condition::Condition;
use crate::ids::{EventId, ReportId};
use crate::scalar::{Span, Within};

/// `[report.x]`, of the trial file or of house policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Section, label, assumptions, and where it stands.
    pub head: Head,
    /// The event that wakes it.
    pub on: Option<EventId>,
    /// The condition; unknown starts the clock.
    pub when: Option<Condition>,
    /// The window that the event must fall into.
    pub within: Option<Within>,
    /// Who is told.
    pub to: Vec<Role>,
    /// How soon.
    pub due: Span,
}
