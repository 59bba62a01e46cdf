//! The tables of dosing: which aggregate stands in which, and by what it is found.

use holdpoint_copies::within;
use holdpoint_journal::{Aggregate, Key, TableSpec};
use serde::{Deserialize, Serialize};

use crate::domain::concomitant::Concomitant;
use crate::domain::drug::Drug;
use crate::domain::fate::Fate;
use crate::domain::hold::Hold;
use crate::domain::ids::{InfusionId, PermitId, SubjectId, TrialId};
use crate::domain::lot::Lot;
use crate::domain::reading::Reading;
use crate::domain::subject::Subject;
use crate::domain::transfusion::Transfusion;
use crate::domain::treatment::{Stage, Treatment};
use crate::domain::weight::Weight;

/// Every table of dosing.
pub fn tables() -> Vec<TableSpec> {
    let own = [
        TableSpec::of::<Treatment>(),
        TableSpec::of::<Lot>(),
        TableSpec::of::<Weight>(),
        TableSpec::of::<Subject>(),
        TableSpec::of::<Transfusion>(),
        TableSpec::of::<Concomitant>(),
        TableSpec::of::<Drug>(),
        TableSpec::of::<Reading>(),
        TableSpec::of::<Hold>(),
        TableSpec::of::<PermitFate>(),
        TableSpec::of::<RefusedStarts>(),
    ];
    own.into_iter().chain(holdpoint_copies::tables()).collect()
}

/// How a subject's drug is found.
pub fn drug_key(trial: &TrialId, subject: &SubjectId, regimen: &str) -> String {
    format!("{trial}/{subject}/{regimen}")
}

/// What became of a permit that safety gave to dosing. Its id is unique, so that of a claim and a return or void the
/// first to be written decides for ever (holds.md step 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitFate {
    /// The permit.
    pub permit: PermitId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// For which infusion it was asked.
    pub infusion: InfusionId,
    /// What became of it.
    pub fate: Fate,
}

/// How often a hold refused the start of one infusion, by safety or by dosing's own view. A row of its own: a refusal
/// never changes the infusion, which somebody else may be claiming at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedStarts {
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// Starts refused.
    pub by_hold: u32,
}

impl Aggregate for Treatment {
    const TABLE: &'static str = "infusion";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::index("subject"), Key::index("state"), Key::index("lot")];

    fn id(&self) -> String {
        self.key().id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let key = self.key();
        let lot = match &self.stage {
            Stage::Actual(infusion) => Some(infusion.order.lot.to_string()),
            _ => None,
        };
        vec![
            Some(key.trial.to_string()),
            Some(within(&key.trial, key.subject.as_str())),
            Some(self.state_word().to_owned()),
            lot,
        ]
    }
}

impl Aggregate for Lot {
    const TABLE: &'static str = "lot";
    const KEYS: &'static [Key] = &[Key::index("product")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.product.to_string())]
    }
}

impl Aggregate for Weight {
    const TABLE: &'static str = "weight";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.trial, self.subject.as_str()))]
    }
}

impl Aggregate for Subject {
    const TABLE: &'static str = "subject";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, self.id.as_str())
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

impl Aggregate for Transfusion {
    const TABLE: &'static str = "transfusion";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.record.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.record.trial, self.record.subject.as_str()))]
    }
}

impl Aggregate for Concomitant {
    const TABLE: &'static str = "concomitant";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        self.record.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.record.trial, self.record.subject.as_str()))]
    }
}

impl Aggregate for Drug {
    const TABLE: &'static str = "drug";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        drug_key(&self.trial, &self.subject, self.regimen.as_str())
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.trial, self.subject.as_str()))]
    }
}

impl Aggregate for Reading {
    const TABLE: &'static str = "reading";
    const KEYS: &'static [Key] = &[Key::index("subject")];

    fn id(&self) -> String {
        within(&self.trial, &self.result)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(within(&self.trial, self.subject.as_str()))]
    }
}

impl Aggregate for PermitFate {
    const TABLE: &'static str = "permit";
    const KEYS: &'static [Key] = &[Key::index("infusion")];

    fn id(&self) -> String {
        self.permit.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.infusion.to_string())]
    }
}

impl Aggregate for RefusedStarts {
    const TABLE: &'static str = "refused_starts";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        self.infusion.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}
