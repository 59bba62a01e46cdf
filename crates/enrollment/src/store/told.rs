//! The tables of what other services told, of what people must look at, and of the judgement that each allocation was
//! made under.

use holdpoint_journal::{Aggregate, Key};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::subject_key;
use crate::domain::flag::Flag;
use crate::domain::heard::{HeardActivity, HeardEvent, HeardFact};
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::eligibility::Criterion;

/// The judgement under which an allocation was made: written with its claim, never changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Basis {
    /// The permit of the claim.
    pub permit: PermitId,
    /// The trial.
    pub trial: TrialId,
    /// Whose.
    pub subject: SubjectId,
    /// The version whose criteria were asked.
    pub version: String,
    /// SHA-256 of it, lower-case hexadecimal.
    pub digest: String,
    /// When, civil time.
    pub at: Timestamp,
    /// The consent in force.
    pub consent_date: Date,
    /// Each criterion, satisfied.
    pub criteria: Vec<Criterion>,
}

impl Aggregate for Basis {
    const TABLE: &'static str = "basis";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.permit.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for HeardFact {
    const TABLE: &'static str = "heard_fact";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for HeardEvent {
    const TABLE: &'static str = "heard_event";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for HeardActivity {
    const TABLE: &'static str = "heard_activity";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for Flag {
    const TABLE: &'static str = "flag";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("subject"), Key::index("stands")];

    fn id(&self) -> String {
        Self::id(self)
    }

    fn keys(&self) -> Vec<Option<String>> {
        let stands = self.stands().then(|| "yes".to_owned());
        vec![Some(self.trial.to_string()), Some(subject_key(&self.trial, &self.subject)), stands]
    }
}
