//! The tables of dosing: which aggregate stands in which, and by what it is found.

use std::collections::BTreeMap;

use holdpoint_chassis::delegation::Delegation;
use holdpoint_journal::{Aggregate, Key, TableSpec};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use crate::domain::concomitant::Concomitant;
use crate::domain::drug::Drug;
use crate::domain::fate::Fate;
use crate::domain::hold::{Hold, HoldState};
use crate::domain::ids::{InfusionId, PermitId, SubjectId, TrialId};
use crate::domain::lot::Lot;
use crate::domain::reading::Reading;
use crate::domain::subject::Subject;
use crate::domain::transfusion::Transfusion;
use crate::domain::treatment::{Stage, Treatment};
use crate::domain::weight::Weight;

/// Every table of dosing.
pub fn tables() -> Vec<TableSpec> {
    vec![
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
        TableSpec::of::<Site>(),
        TableSpec::of::<KnownDelegation>(),
        TableSpec::of::<ProtocolVersion>(),
        TableSpec::of::<RefusedStarts>(),
    ]
}

/// How a thing of a trial is found among all trials'.
pub fn within(trial: &TrialId, name: &str) -> String {
    format!("{trial}/{name}")
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

/// A site and the calendar it lives by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The trial.
    pub trial: TrialId,
    /// The site.
    pub id: String,
    /// IANA name: a clinical day is the site's calendar day.
    pub time_zone: String,
}

/// Enrollment's word on who may do what where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDelegation {
    /// Its id at enrollment.
    pub id: String,
    /// Who, what, where, from when to when.
    pub grant: Option<Delegation>,
    /// Ended at, where the end was heard of; it may arrive before the beginning.
    #[serde(with = "micros::optional")]
    pub ended: Option<Timestamp>,
}

/// One version of a trial's file, as enrollment put it in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolVersion {
    /// The trial.
    pub trial: TrialId,
    /// The version's name.
    pub version: String,
    /// SHA-256 of file and dictionaries.
    pub digest: String,
    /// The file's text.
    pub file: String,
    /// Dictionary name to text.
    pub dictionaries: BTreeMap<String, String>,
    /// When it was put in force.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
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

impl Aggregate for Hold {
    const TABLE: &'static str = "hold";
    const KEYS: &'static [Key] = &[Key::index("trial"), Key::index("state")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let state = if self.state == HoldState::Released { "released" } else { "standing" };
        vec![Some(self.trial.to_string()), Some(state.to_owned())]
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

impl Aggregate for Site {
    const TABLE: &'static str = "site";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, &self.id)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

impl Aggregate for KnownDelegation {
    const TABLE: &'static str = "delegation";
    const KEYS: &'static [Key] = &[Key::index("person")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![self.grant.as_ref().map(|grant| grant.person.clone())]
    }
}

impl Aggregate for ProtocolVersion {
    const TABLE: &'static str = "protocol";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        within(&self.trial, &self.digest)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
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
