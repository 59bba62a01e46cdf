//! The tables of safety's own aggregates and the columns they are found by.

use holdpoint_journal::{Aggregate, Key};
use serde::{Deserialize, Serialize};

use super::{YES, in_trial};
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::board::{Board, Decision};
use crate::domain::candidate::Candidate;
use crate::domain::finding::{Finding, Truth};
use crate::domain::hold::Hold;
use crate::domain::ids::{AdverseEventId, TrialId};
use crate::domain::obligation::{Obligation, ObligationState};
use crate::domain::permit::Permit;

fn yes(so: bool) -> Option<String> {
    so.then(|| YES.to_owned())
}

impl Aggregate for Hold {
    const TABLE: &'static str = "hold";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::index("stands"), Key::index("waiting"), Key::index("epoch")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let epoch = at_epoch(&self.trial, self.epoch);
        vec![Some(self.trial.to_string()), yes(self.stands()), yes(self.is_waiting()), Some(epoch)]
    }
}

/// An epoch of a trial as a key: as texts in the order of the numbers.
pub(super) fn at_epoch(trial: &TrialId, epoch: u64) -> String {
    in_trial(trial, format!("{epoch:020}"))
}

impl Aggregate for Permit {
    const TABLE: &'static str = "permit";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::unique("ask"), Key::index("subject"), Key::index("in_flight")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let asked = &self.asked;
        vec![
            Some(asked.trial.to_string()),
            Some(asked.ask.to_string()),
            Some(in_trial(&asked.trial, &asked.placement.subject)),
            yes(self.is_in_flight()),
        ]
    }
}

impl Aggregate for AdverseEvent {
    const TABLE: &'static str = "adverse_event";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("subject")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string()), Some(in_trial(&self.trial, &self.subject))]
    }
}

/// What the rules answered last about one adverse event, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredVerdicts {
    /// The adverse event.
    pub adverse_event: AdverseEventId,
    /// The trial.
    pub trial: TrialId,
    /// The answers, in the order of the file.
    pub verdicts: Vec<VerdictWords>,
    /// Whether the event is serious.
    pub serious: Truth,
    /// The rules could not be asked.
    pub unruled: bool,
}

/// One rule's answer in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictWords {
    /// The rule.
    pub rule: String,
    /// What it answered.
    pub truth: Truth,
    /// Why.
    pub reason: String,
    /// What it did.
    pub did: Vec<String>,
}

impl Aggregate for StoredVerdicts {
    const TABLE: &'static str = "verdict";
    const KEYS: &'static [Key] = &[Key::index("unruled")];

    fn id(&self) -> String {
        self.adverse_event.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![self.unruled.then(|| self.trial.to_string())]
    }
}

/// What is remembered of one rule about one cause, and in one of the effects that the rule has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// The trial.
    pub trial: TrialId,
    /// Rule, cause and effect: "suspend-ventilation/<adverse event>".
    pub about: String,
    /// What is remembered.
    pub finding: Finding,
}

impl Aggregate for FindingRow {
    const TABLE: &'static str = "finding";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        in_trial(&self.trial, &self.about)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

impl Aggregate for Alert {
    const TABLE: &'static str = "alert";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::unique("number"), Key::index("open"), Key::index("hold")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let open = matches!(self.state, AlertState::Open { .. });
        let hold = self.hold.as_ref().map(ToString::to_string);
        vec![Some(self.trial.to_string()), Some(numbered(&self.trial, self.number)), yes(open), hold]
    }
}

/// Key of the trial's alert of this number.
pub fn numbered(trial: &TrialId, number: u64) -> String {
    in_trial(trial, number.to_string())
}

/// The newest alert of one trial. Whoever changes it holds the trial's chain, so alerts of one trial follow one
/// another as they are committed, and alerts of two trials never wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertSequence {
    /// The trial.
    pub trial: TrialId,
    /// Number of its newest alert.
    pub last: u64,
}

impl Aggregate for AlertSequence {
    const TABLE: &'static str = "alert_sequence";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.trial.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for Candidate {
    const TABLE: &'static str = "candidate";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("open")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string()), yes(self.open().is_ok())]
    }
}

impl Aggregate for Obligation {
    const TABLE: &'static str = "obligation";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("adverse_event"), Key::index("open")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let open = matches!(self.state, ObligationState::Open { .. });
        vec![Some(self.trial.to_string()), Some(self.adverse_event.to_string()), yes(open)]
    }
}

impl Aggregate for Board {
    const TABLE: &'static str = "board";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("waiting")];

    fn id(&self) -> String {
        self.hold.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let waiting = !self.silence_told && self.checks.values().any(Option::is_none);
        vec![Some(self.trial.to_string()), yes(waiting)]
    }
}

impl Aggregate for Decision {
    const TABLE: &'static str = "decision";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}
