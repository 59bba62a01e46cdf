//! A duty to report an adverse event to someone by a moment. Unknown starts the clock; only a recorded assessment
//! may close it (protocols README, sentence 6).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::finding::Truth;
use super::ids::{AdverseEventId, ObligationId, TrialId};

/// Whether it is still owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObligationState {
    /// Owed.
    Open {
        /// People were warned that it is nearly due.
        warned: bool,
        /// People were told that it is overdue.
        overdue: bool,
    },
    /// A recorded assessment found that nothing is owed.
    Closed {
        /// Civil time.
        at: Timestamp,
    },
}

/// One obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Its id.
    pub id: ObligationId,
    /// The trial.
    pub trial: TrialId,
    /// The adverse event to report.
    pub adverse_event: AdverseEventId,
    /// Id of the report block of the trial file.
    pub report: String,
    /// Who is told.
    pub to: Vec<String>,
    /// When the clock started.
    pub since: Timestamp,
    /// By when.
    pub due: Timestamp,
    /// Whether it is still owed.
    pub state: ObligationState,
}

/// What people must be told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// A quarter of its time is left.
    NearlyDue,
    /// Its time is over.
    Overdue,
}

/// What an answer to the report's question does to the obligation that stands, if one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// Start the clock.
    Open,
    /// Nothing is owed after all.
    Close,
    /// Leave it.
    AsIs,
}

/// Decides one answer: true and unknown open, false closes only by assessment.
pub fn owed(standing: Option<&Obligation>, truth: Truth, assessment: bool) -> Owed {
    match standing.map(|obligation| &obligation.state) {
        None if truth.holds() => Owed::Open,
        Some(ObligationState::Closed { .. }) if truth == Truth::True => Owed::Open,
        Some(ObligationState::Open { .. }) if truth == Truth::False && assessment => Owed::Close,
        _ => Owed::AsIs,
    }
}

impl Obligation {
    /// What is to be said at this moment, once each.
    pub fn reminder(&self, now: Timestamp) -> Option<Reminder> {
        let ObligationState::Open { warned, overdue } = self.state else { return None };
        if now >= self.due {
            return (!overdue).then_some(Reminder::Overdue);
        }
        let last_quarter: SignedDuration = self.due.duration_since(self.since) / 4;
        (!warned && self.due.duration_since(now) <= last_quarter).then_some(Reminder::NearlyDue)
    }

    /// Still owed, and its time is over.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.state, ObligationState::Open { .. }) && now >= self.due
    }

    /// The reminder was given.
    pub fn reminded(self, reminder: Reminder) -> Self {
        match self.state {
            ObligationState::Open { warned, overdue } => {
                let state = match reminder {
                    Reminder::NearlyDue => ObligationState::Open { warned: true, overdue },
                    Reminder::Overdue => ObligationState::Open { warned, overdue: true },
                };
                Self { state, ..self }
            }
            ObligationState::Closed { .. } => self,
        }
    }

    /// Nothing is owed after all.
    pub fn close(self, at: Timestamp) -> Self {
        Self { state: ObligationState::Closed { at }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Obligation {
        Obligation {
            id: "o".into(),
            trial: "t".into(),
            adverse_event: "ae".into(),
            report: "serious".to_owned(),
            to: vec!["sponsor".to_owned()],
            since: second(0),
            due: second(86_400),
            state: ObligationState::Open { warned: false, overdue: false },
        }
    }

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).unwrap()
    }

    #[test]
    fn people_are_reminded_once_before_and_once_after() {
        assert_eq!(day().reminder(second(64_799)), None);
        assert_eq!(day().reminder(second(64_800)), Some(Reminder::NearlyDue));
        let warned = day().reminded(Reminder::NearlyDue);
        assert_eq!(warned.reminder(second(80_000)), None);
        assert_eq!(warned.reminder(second(86_400)), Some(Reminder::Overdue));
        assert_eq!(warned.reminded(Reminder::Overdue).reminder(second(99_999)), None);
    }

    #[test]
    fn unknown_opens_and_only_an_assessment_closes() {
        for (standing, truth, assessment, expected) in [
            (None, Truth::Unknown, false, Owed::Open),
            (None, Truth::True, false, Owed::Open),
            (None, Truth::False, true, Owed::AsIs),
            (Some(day()), Truth::False, false, Owed::AsIs),
            (Some(day()), Truth::False, true, Owed::Close),
            (Some(day()), Truth::Unknown, true, Owed::AsIs),
            (Some(day().close(second(9))), Truth::True, false, Owed::Open),
            (Some(day().close(second(9))), Truth::Unknown, false, Owed::AsIs),
        ] {
            assert_eq!(owed(standing.as_ref(), truth, assessment), expected, "{standing:?} {truth:?}");
        }
    }
}
