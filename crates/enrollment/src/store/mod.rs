//! What enrollment stores, and under which keys it is found again. Every table has the journal's one shape:
//! an aggregate as JSON, its id, its keys.

mod told;

use holdpoint_journal::{Aggregate, Key, TableSpec};
use serde::{Deserialize, Serialize};

use crate::domain::delegation::Delegated;
use crate::domain::fact::{Attestation, Recorded};
use crate::domain::fate::Fate;
use crate::domain::flag::Flag;
use crate::domain::heard::{HeardActivity, HeardEvent, HeardFact};
use crate::domain::hold::{HoldCopy, HoldState};
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::domain::milestone::Milestone;
use crate::domain::notice::Notice;
use crate::domain::person::{Marks, Person, PersonKey};
use crate::domain::places::Places;
use crate::domain::subject::{Stage, Subject};
use crate::domain::trial::Trial;

pub use told::Basis;

/// The text of one protocol version, by content; never changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProtocolText {
    /// SHA-256, lower-case hexadecimal.
    pub digest: String,
    /// The trial file.
    pub trial_file: String,
    /// Name to text of each dictionary.
    pub dictionaries: std::collections::BTreeMap<String, String>,
}

/// A subject's personal data, apart from everything else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonRow {
    /// The trial.
    pub trial: TrialId,
    /// The trial's code of the subject.
    pub subject: SubjectId,
    /// Who it is.
    pub person: Person,
    /// How they are recognized.
    pub marks: Marks,
}

/// The key of a trial's marks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrialKey {
    /// The trial.
    pub trial: TrialId,
    /// The key.
    pub key: PersonKey,
}

/// An allocation that was reported as not acknowledged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Overdue {
    /// Its permit.
    pub permit: PermitId,
    /// Whose.
    pub subject: String,
}

/// What became of a permit that safety gave. Written once per permit id: what is written first decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PermitFate {
    /// The permit.
    pub permit: PermitId,
    /// The trial.
    pub trial: TrialId,
    /// Whose allocation it was for.
    pub subject: SubjectId,
    /// What became of it.
    pub fate: Fate,
}

/// Id of everything that a subject has one of.
pub fn subject_key(trial: &TrialId, subject: &SubjectId) -> String {
    format!("{trial}/{subject}")
}

/// Every table of this service.
pub fn tables() -> Vec<TableSpec> {
    vec![
        TableSpec::of::<Trial>(),
        TableSpec::of::<ProtocolText>(),
        TableSpec::of::<TrialKey>(),
        TableSpec::of::<Delegated>(),
        TableSpec::of::<Subject>(),
        TableSpec::of::<PersonRow>(),
        TableSpec::of::<Recorded>(),
        TableSpec::of::<Attestation>(),
        TableSpec::of::<Places>(),
        TableSpec::of::<Milestone>(),
        TableSpec::of::<Notice>(),
        TableSpec::of::<HoldCopy>(),
        TableSpec::of::<Overdue>(),
        TableSpec::of::<PermitFate>(),
        TableSpec::of::<Basis>(),
        TableSpec::of::<HeardFact>(),
        TableSpec::of::<HeardEvent>(),
        TableSpec::of::<HeardActivity>(),
        TableSpec::of::<Flag>(),
    ]
}

impl Aggregate for Trial {
    const TABLE: &'static str = "trial";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for ProtocolText {
    const TABLE: &'static str = "protocol_text";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.digest.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for TrialKey {
    const TABLE: &'static str = "trial_key";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.trial.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for Delegated {
    const TABLE: &'static str = "delegation";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("person")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string()), Some(self.person.clone())]
    }
}

impl Aggregate for Subject {
    const TABLE: &'static str = "subject";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("awaited")];

    fn id(&self) -> String {
        subject_key(&self.trial, &self.id)
    }

    fn keys(&self) -> Vec<Option<String>> {
        let awaited = matches!(self.stage, Stage::Sealed { .. }) && self.starting().is_some();
        vec![Some(self.trial.to_string()), awaited.then(|| "yes".to_owned())]
    }
}

impl Aggregate for PersonRow {
    const TABLE: &'static str = "person";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::index("number_mark"), Key::index("likeness_mark")];

    fn id(&self) -> String {
        subject_key(&self.trial, &self.subject)
    }

    fn keys(&self) -> Vec<Option<String>> {
        let Marks { number, likeness } = &self.marks;
        vec![Some(self.trial.to_string()), Some(number.clone()), Some(likeness.clone())]
    }
}

impl Aggregate for Recorded {
    const TABLE: &'static str = "fact";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for Attestation {
    const TABLE: &'static str = "attestation";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for Places {
    const TABLE: &'static str = "places";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.trial().to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for Milestone {
    const TABLE: &'static str = "milestone";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}

impl Aggregate for Notice {
    const TABLE: &'static str = "notice";
    const KEYS: &'static [Key] = &[Key::index("subject"), Key::index("open")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject)), self.is_open().then(|| "yes".to_owned())]
    }
}

impl Aggregate for HoldCopy {
    const TABLE: &'static str = "hold";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("waits")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let waits = self.state == HoldState::Placed && !self.unsettled.is_empty();
        vec![Some(self.trial.to_string()), waits.then(|| "yes".to_owned())]
    }
}

impl Aggregate for Overdue {
    const TABLE: &'static str = "overdue";
    const KEYS: &'static [Key] = &[];

    fn id(&self) -> String {
        self.permit.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![]
    }
}

impl Aggregate for PermitFate {
    const TABLE: &'static str = "permit";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.permit.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(subject_key(&self.trial, &self.subject))]
    }
}
