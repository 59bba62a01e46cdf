//! Followup's copy of a subject: everything its schedule hangs on. Pieces come from several sources in no order; what is
//! missing is unknown, not assumed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::happened::{Ended, Found, Levels, Occurrences, Start};
use super::hold::Placement;
use super::ids::{SubjectId, TrialId};
use super::infusion::Infusion;
use super::performed::Finding;
use super::plan::Basis;

/// When and into what a subject was allocated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The arm.
    pub arm: String,
    /// The cohort, where the trial has cohorts.
    pub cohort: Option<String>,
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

/// A subject as far as followup knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The trial.
    pub trial: TrialId,
    /// The trial's code.
    pub id: SubjectId,
    /// The site.
    pub site: Option<String>,
    /// Digest of the protocol version that the subject is on.
    pub protocol: Option<String>,
    /// When the record was opened.
    #[serde(with = "micros::optional")]
    pub screened_at: Option<Timestamp>,
    /// Days of the consents.
    pub consents: BTreeSet<Date>,
    /// Arm and cohort.
    pub allocation: Option<Allocation>,
    /// Registered, and never allocated.
    pub screen_failed: Option<Ended>,
    /// Treatment ended.
    pub off_treatment: Option<Ended>,
    /// Consent was withdrawn, or the study ended for the subject in another way.
    pub off_study: Option<Ended>,
    /// What people recorded.
    pub milestones: Occurrences,
    /// What labs found in the counts.
    pub found: Found,
    /// Changes of drug levels that the file knows as events.
    pub levels: Levels,
    /// Transfusions.
    pub transfusions: Occurrences,
    /// Permitted starts of doses, by permit.
    pub starts: BTreeMap<String, Start>,
    /// Infusions that dosing plans, by id.
    pub infusions: BTreeMap<String, Infusion>,
    /// Results and facts that came before the subject's file was known.
    pub waiting: Vec<Finding>,
    /// What the schedule was made of last.
    pub basis: Basis,
}

impl Subject {
    /// A subject of whom nothing is known but its name.
    pub fn unknown(trial: TrialId, id: SubjectId) -> Self {
        Self {
            trial,
            id,
            site: None,
            protocol: None,
            screened_at: None,
            consents: BTreeSet::new(),
            allocation: None,
            screen_failed: None,
            off_treatment: None,
            off_study: None,
            milestones: Occurrences::default(),
            found: Found::default(),
            levels: Levels::default(),
            transfusions: Occurrences::default(),
            starts: BTreeMap::new(),
            infusions: BTreeMap::new(),
            waiting: vec![],
            basis: Basis::default(),
        }
    }

    /// Where it stands, as holds cover it.
    pub fn placement(&self) -> Placement {
        Placement {
            subject: self.id.clone(),
            site: self.site.clone(),
            arm: self.allocation.as_ref().map(|allocation| allocation.arm.clone()),
            cohort: self.allocation.as_ref().and_then(|allocation| allocation.cohort.clone()),
        }
    }

    /// The first day in the study: of consent, and before that is known of screening. What closed earlier was never due.
    pub fn entered(&self, zone: &TimeZone) -> Option<Date> {
        self.consents.first().copied().or_else(|| self.screened_on(zone))
    }

    /// The day the record was opened.
    pub fn screened_on(&self, zone: &TimeZone) -> Option<Date> {
        self.screened_at.map(|at| at.to_zoned(zone.clone()).date())
    }

    /// The day the subject was registered: screened, and consent given.
    pub fn registered_on(&self, zone: &TimeZone) -> Option<Date> {
        Some(self.screened_on(zone)?.max(*self.consents.first()?))
    }

    /// Why nothing more is treated, where treatment is over.
    pub fn treatment_over(&self) -> Option<String> {
        let died = self.milestones.standing().find(|told| told.event == "death");
        let died = died.map(|told| format!("death on {}", told.date));
        let ended = [&self.off_study, &self.off_treatment].into_iter().flatten().next();
        died.or_else(|| ended.map(|ended| format!("rule {}", ended.rule)))
    }
}
