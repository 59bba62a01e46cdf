//! Dosing's copy of a subject: where it stands, which protocol version it is on, its baseline weight, and whether it
//! is still on treatment. Pieces come from several sources in no order; what is missing is unknown, not assumed.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The moment, where the hour is known.
    #[serde(with = "micros::optional")]
    pub at: Option<Timestamp>,
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
    /// When its record was opened.
    #[serde(with = "micros::optional")]
    pub screened_at: Option<Timestamp>,
    /// Civil dates of the consents at the site.
    pub consents: BTreeSet<String>,
    /// Arm and cohort.
    pub allocation: Option<Allocation>,
    /// The weights that others recorded, each by the record it came with.
    pub weights: BTreeMap<String, Baseline>,
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
            screened_at: None,
            consents: BTreeSet::new(),
            allocation: None,
            weights: BTreeMap::new(),
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

    /// The baseline weight: the newest up to the allocation. Where there is none, the first after it, so that a dose does
    /// not drift with the weights of its days.
    pub fn baseline(&self) -> Option<&Baseline> {
        let allocated = self.allocation.as_ref().map(|allocation| allocation.at);
        let counts = |weight: &&Baseline| allocated.is_none_or(|allocated| weight.measured_at <= allocated);
        let before = self.weights.values().filter(counts).max_by_key(|weight| weight.measured_at);
        before.or_else(|| self.weights.values().min_by_key(|weight| weight.measured_at))
    }

    /// Takes a weight that another service recorded, in place of the record that it corrects.
    pub fn learn_weight(&mut self, record: String, replaces: &str, weight: Option<Baseline>) {
        self.weights.remove(replaces);
        match weight {
            Some(weight) => drop(self.weights.insert(record, weight)),
            None => drop(self.weights.remove(&record)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn weigh(subject: &mut Subject, record: &str, replaces: &str, weight: Option<(i64, i64)>) {
        let weight = weight
            .map(|(second, kilograms)| Baseline { kilograms: kilograms.into(), measured_at: at(second) });
        subject.learn_weight(record.to_owned(), replaces, weight);
    }

    fn baseline(subject: &Subject) -> Option<String> {
        subject.baseline().map(|weight| weight.kilograms.to_string())
    }

    #[test]
    fn the_baseline_is_the_newest_weight_up_to_the_allocation_in_whatever_order_it_is_heard() {
        let told = [("a", 10, 60), ("b", 20, 61), ("c", 40, 70)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut subject = Subject::unknown("t".into(), "P-001".into());
            for place in order {
                let (record, second, kilograms) = told[place];
                weigh(&mut subject, record, "", Some((second, kilograms)));
            }
            subject.allocation = Some(Allocation { arm: "msc".into(), cohort: None, at: at(30) });
            assert_eq!(baseline(&subject).as_deref(), Some("61"), "{order:?}");
        }
    }

    #[test]
    fn without_one_before_the_allocation_the_first_after_it_stands() {
        let mut subject = Subject::unknown("t".into(), "P-001".into());
        subject.allocation = Some(Allocation { arm: "msc".into(), cohort: None, at: at(5) });
        weigh(&mut subject, "b", "", Some((20, 61)));
        weigh(&mut subject, "a", "", Some((10, 60)));
        assert_eq!(baseline(&subject).as_deref(), Some("60"));
        weigh(&mut subject, "d", "a", Some((10, 62)));
        assert_eq!(baseline(&subject).as_deref(), Some("62"), "a correction takes its record's place");
        weigh(&mut subject, "e", "d", None);
        assert_eq!(baseline(&subject).as_deref(), Some("61"), "a withdrawn weight counts no more");
    }
}
