//! An alert: told once to everyone who listens, repeated at intervals until somebody acknowledges it. The first to
//! acknowledge owns it, and nothing is repeated after that (reliability.md F37, F38).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{AdverseEventId, AlertId, HoldId, Person, TrialId};

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Somebody must act at once.
    Critical,
    /// Somebody should know.
    Notice,
}

impl Severity {
    /// "critical" or "notice".
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Notice => "notice",
        }
    }
}

/// Whether somebody has taken it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertState {
    /// Nobody has.
    Open {
        /// How often it was repeated.
        repeats: u32,
    },
    /// Somebody owns it.
    Acknowledged {
        /// The first who acknowledged.
        by: Person,
        /// Civil time.
        at: Timestamp,
    },
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Place among the trial's alerts: the number of the journal row that tells of it, so that no other alert of the
    /// trial ever has it, also after a restore.
    pub number: u64,
    /// Number of the trial's alert before it; 0 for the first. Who knows another one as its last has missed something.
    pub previous: u64,
    /// The trial.
    pub trial: TrialId,
    /// How loud.
    pub severity: Severity,
    /// A word for programs: "hold-placed".
    pub kind: String,
    /// A sentence for people; no personal data.
    pub text: String,
    /// Civil time.
    pub at: Timestamp,
    /// The hold it tells of.
    pub hold: Option<HoldId>,
    /// The adverse event it tells of.
    pub adverse_event: Option<AdverseEventId>,
    /// The alert that this one repeats.
    pub repeats: Option<AlertId>,
    /// Whether somebody has taken it.
    pub state: AlertState,
}

impl Alert {
    /// Takes it. A second person hears who owns it, and changes nothing.
    pub fn acknowledge(self, by: Person, at: Timestamp) -> (Self, Person) {
        match &self.state {
            AlertState::Acknowledged { by: owner, .. } => {
                let owner = owner.clone();
                (self, owner)
            }
            AlertState::Open { .. } => {
                (Self { state: AlertState::Acknowledged { by: by.clone(), at }, ..self }, by)
            }
        }
    }

    /// Whether a repetition is due: once an interval, however late the asking. A repetition is not repeated itself.
    pub fn repeat_due(&self, now: Timestamp, every: Duration) -> bool {
        let AlertState::Open { repeats } = self.state else { return false };
        if self.severity != Severity::Critical || self.repeats.is_some() || every.is_zero() {
            return false;
        }
        now.duration_since(self.at).unsigned_abs() >= every.saturating_mul(repeats.saturating_add(1))
            && now > self.at
    }

    /// Counts the repetitions that are past, so that a timer that stood still makes one of them, not many.
    pub fn repeated(self, now: Timestamp, every: Duration) -> Self {
        let past = now.duration_since(self.at).unsigned_abs().as_millis() / every.as_millis().max(1);
        let repeats = u32::try_from(past).unwrap_or(u32::MAX);
        match self.state {
            AlertState::Open { .. } => Self { state: AlertState::Open { repeats }, ..self },
            AlertState::Acknowledged { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn alert() -> Alert {
        Alert {
            id: "a".into(),
            number: 1,
            previous: 0,
            trial: "t".into(),
            severity: Severity::Critical,
            kind: "hold-placed".to_owned(),
            text: "held".to_owned(),
            at: second(0),
            hold: None,
            adverse_event: None,
            repeats: None,
            state: AlertState::Open { repeats: 0 },
        }
    }

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).unwrap()
    }

    #[test]
    fn the_first_to_acknowledge_owns_it() {
        let (alert, owner) = alert().acknowledge("ada".into(), second(5));
        assert_eq!(owner, "ada".into());
        let (_, owner) = alert.acknowledge("ben".into(), second(6));
        assert_eq!(owner, "ada".into());
    }

    #[test]
    fn repeated_once_an_interval_until_acknowledged() {
        assert!(!alert().repeat_due(second(59), MINUTE));
        assert!(alert().repeat_due(second(60), MINUTE));
        let again = alert().repeated(second(60), MINUTE);
        assert!(!again.repeat_due(second(119), MINUTE));
        assert!(again.repeat_due(second(120), MINUTE));
        assert!(!again.acknowledge("ada".into(), second(90)).0.repeat_due(second(999), MINUTE));
    }

    #[test]
    fn a_timer_that_stood_still_makes_one_repetition() {
        let again = alert().repeated(second(605), MINUTE);
        assert!(!again.repeat_due(second(659), MINUTE));
        assert!(again.repeat_due(second(660), MINUTE));
    }
}
