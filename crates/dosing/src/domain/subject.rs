//! Dosing's copy of a subject: where it stands, which protocol version it is on, its baseline weight, and whether it
//! is still on treatment. Pieces come from several sources in no order; what is missing is unknown, not assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::hold::Placement;
use super::ids::{SubjectId, TrialId};
use super::refusal::Refusal;
use super::weight::Baseline;

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

/// Something that happened to a subject on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Id of the event in the trial file or its dictionaries.
    pub event: String,
    /// Civil date at the site.
    pub date: String,
    /// Taken back by a later record.
    pub withdrawn: bool,
}

/// Why a subject is treated no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffTreatment {
    /// Id of the rule: the reason code.
    pub rule: String,
    /// Since when.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
}

/// A subject as far as dosing knows.
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
    /// Arm and cohort.
    pub allocation: Option<Allocation>,
    /// The weight that enrollment recorded.
    pub baseline: Option<Baseline>,
    /// Treatment ended.
    pub off_treatment: Option<OffTreatment>,
    /// What happened, by the record's id.
    pub milestones: BTreeMap<String, Milestone>,
}

impl Subject {
    /// A subject of whom nothing is known but its name.
    pub fn unknown(trial: TrialId, id: SubjectId) -> Self {
        Self {
            trial,
            id,
            site: None,
            protocol: None,
            allocation: None,
            baseline: None,
            off_treatment: None,
            milestones: BTreeMap::new(),
        }
    }

    /// Where it stands, as dosing tells safety.
    pub fn placement(&self) -> Placement {
        Placement {
            subject: self.id.clone(),
            site: self.site.clone(),
            arm: self.allocation.as_ref().map(|allocation| allocation.arm.clone()),
            cohort: self.allocation.as_ref().and_then(|allocation| allocation.cohort.clone()),
        }
    }

    /// Whether it may be treated: allocated, not taken off treatment, not dead.
    pub fn on_treatment(&self) -> Result<&Allocation, Refusal> {
        let dead =
            self.milestones.values().any(|milestone| milestone.event == "death" && !milestone.withdrawn);
        if dead {
            return Err(Refusal::OffTreatment { subject: self.id.clone(), why: "death".to_owned() });
        }
        if let Some(off) = &self.off_treatment {
            return Err(Refusal::OffTreatment { subject: self.id.clone(), why: off.rule.clone() });
        }
        self.allocation.as_ref().ok_or_else(|| Refusal::NotAllocated { subject: self.id.clone() })
    }

    /// A death is recorded and not withdrawn.
    pub fn is_dead(&self) -> bool {
        self.milestones.values().any(|milestone| milestone.event == "death" && !milestone.withdrawn)
    }

    /// Takes the newest weight up to the allocation as the baseline. Where there is none, the first that is heard of; one
    /// measured after the allocation never replaces it, so that a dose does not drift with the weights of its days.
    pub fn learn_weight(&mut self, weight: Baseline) {
        let allocated = self.allocation.as_ref().map(|allocation| allocation.at);
        let counts = |at: Timestamp| allocated.is_none_or(|allocated| at <= allocated);
        let better = match &self.baseline {
            None => true,
            Some(known) => counts(weight.measured_at) && weight.measured_at > known.measured_at,
        };
        if better {
            self.baseline = Some(weight);
        }
    }
}
