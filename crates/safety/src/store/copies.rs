//! Safety's own small copies of what enrollment told: protocols, sites, delegations, and where each subject stands.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::delegation::Delegation;
use holdpoint_journal::{Aggregate, Key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::in_trial;
use crate::domain::fact::Since;
use crate::domain::ids::{ArmId, CohortId, SiteId, SubjectId, TrialId};
use crate::domain::scope::Placement;

/// One activated version of a trial's protocol, as its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolRow {
    /// The trial.
    pub trial: TrialId,
    /// Its version.
    pub version: String,
    /// SHA-256, lower-case hexadecimal.
    pub digest: String,
    /// The file as registered.
    pub file: String,
    /// Name to text of each dictionary.
    pub dictionaries: BTreeMap<String, String>,
    /// When it was activated.
    pub at: Timestamp,
}

impl Aggregate for ProtocolRow {
    const TABLE: &'static str = "protocol";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        in_trial(&self.trial, &self.digest)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

/// One site and its calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRow {
    /// The trial.
    pub trial: TrialId,
    /// The site.
    pub site: SiteId,
    /// IANA name: "Asia/Shanghai".
    pub time_zone: String,
}

impl Aggregate for SiteRow {
    const TABLE: &'static str = "site";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        in_trial(&self.trial, &self.site)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

/// One delegation as enrollment keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationRow {
    /// Its id.
    pub id: String,
    /// What it allows.
    pub delegation: Delegation,
}

impl DelegationRow {
    /// Key of one person's delegations in one trial.
    pub fn of(trial: &str, person: &str) -> String {
        in_trial(trial, person)
    }
}

impl Aggregate for DelegationRow {
    const TABLE: &'static str = "delegation";
    const KEYS: &'static [Key] = &[Key::index("person")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(Self::of(&self.delegation.trial, &self.delegation.person))]
    }
}

/// Something that happened to a subject on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Event of the trial file or its dictionaries.
    pub event: String,
    /// When.
    pub at: Since,
    /// The first record of it: corrections of one happening are one cause of a rule.
    pub root: String,
}

/// Where a subject stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The trial.
    pub trial: TrialId,
    /// The subject's code.
    pub subject: SubjectId,
    /// Its site, once known.
    pub site: Option<SiteId>,
    /// Its arm, once the allocation was shown.
    pub arm: Option<ArmId>,
    /// Its cohort, once known.
    pub cohort: Option<CohortId>,
    /// Digest of the protocol version consented to, once known.
    pub protocol: Option<String>,
    /// What happened to it and stands, by the record's id.
    pub milestones: BTreeMap<String, Milestone>,
    /// Records that were withdrawn or replaced before they were heard.
    pub withdrawn: BTreeSet<String>,
    /// Treatment or study ended in enrollment: no further dose is planned.
    #[serde(default)]
    pub ended: bool,
    /// The cohorts it was allocated to, by when: somebody may be treated again in a further one.
    #[serde(default)]
    pub allocations: BTreeMap<Timestamp, CohortId>,
}

impl Subject {
    /// A subject of whom only the code is known.
    pub fn unknown(trial: TrialId, subject: SubjectId) -> Self {
        Self {
            trial,
            subject,
            site: None,
            arm: None,
            cohort: None,
            protocol: None,
            milestones: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            ended: false,
            allocations: BTreeMap::new(),
        }
    }

    /// No further dose will be given: treatment or study ended, or the subject died or withdrew.
    pub fn is_over(&self) -> bool {
        let ends = |milestone: &Milestone| {
            matches!(milestone.event.as_str(), "death" | "withdrawal" | "screen-failure")
        };
        self.ended || self.milestones.values().any(ends)
    }

    /// Safety's own view, for holds.
    pub fn placement(&self) -> Placement {
        Placement {
            subject: self.subject.clone(),
            site: self.site.clone(),
            arms: self.arm.clone().into_iter().collect(),
            cohorts: self.cohort.clone().into_iter().collect(),
        }
    }

    /// An event that labs derives from results was found, or a correction took it away again. One event of a day is one
    /// happening, however often it is derived anew.
    pub fn derive(&mut self, event: &str, at: Since, date: &str, withdrawn: bool) {
        let id = format!("derived-{event}-{date}");
        if withdrawn {
            self.milestones.remove(&id);
        } else {
            let milestone = Milestone { event: event.to_owned(), at, root: id.clone() };
            self.milestones.insert(id, milestone);
        }
    }

    /// Records, corrects or withdraws a milestone. Repeats change nothing.
    pub fn record(&mut self, id: &str, event: &str, at: Since, replaces: &str, withdrawn: bool) {
        let earlier = if replaces.is_empty() { id } else { replaces };
        let root = self.milestones.get(earlier).map_or(earlier, |known| &known.root).to_owned();
        for gone in [replaces, if withdrawn { id } else { "" }] {
            if !gone.is_empty() {
                self.milestones.remove(gone);
                self.withdrawn.insert(gone.to_owned());
            }
        }
        if !withdrawn && !self.withdrawn.contains(id) {
            self.milestones.insert(id.to_owned(), Milestone { event: event.to_owned(), at, root });
        }
    }
}

impl Aggregate for Subject {
    const TABLE: &'static str = "subject";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        in_trial(&self.trial, &self.subject)
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}
