//! Labs' copy of a subject: where it stands, what happened to it, its doses and transfusions. Pieces come from several
//! sources in no order; what is missing is unknown, not assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::identity::Whose;

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

/// When something was: to the moment, or to the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// To the moment.
    At(#[serde(with = "micros::required")] Timestamp),
    /// To the civil day at the site.
    On(Date),
}

/// Something that happened to a subject: a milestone, a transfusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Id of the event in the trial file or its dictionaries.
    pub event: String,
    /// When.
    pub when: When,
    /// Taken back by a later record.
    pub withdrawn: bool,
}

/// Records of one kind by their id. A record may correct or withdraw an earlier one, and may come before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happenings {
    records: BTreeMap<String, Happening>,
    /// Records that were replaced, also where they are still to come.
    replaced: BTreeMap<String, String>,
}

impl Happenings {
    /// Takes a record. A record that withdraws takes back what it replaces, and itself says nothing.
    pub fn record(&mut self, id: String, replaces: String, happening: Happening) {
        if !replaces.is_empty() {
            self.replaced.insert(replaces, id.clone());
        }
        self.records.insert(id, happening);
    }

    /// What stands, in the order of the records' ids.
    pub fn standing(&self) -> impl Iterator<Item = &Happening> {
        let stands = |(id, happening): &(&String, &Happening)| {
            !happening.withdrawn && !self.replaced.contains_key(id.as_str())
        };
        self.records.iter().filter(stands).map(|(_, happening)| happening)
    }
}

/// A subject as far as labs knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Trial and code.
    #[serde(flatten)]
    pub whose: Whose,
    /// The site.
    pub site: Option<String>,
    /// Digest of the protocol version that the subject is on.
    pub protocol: Option<String>,
    /// The record was opened.
    #[serde(with = "micros::optional")]
    pub screened: Option<Timestamp>,
    /// Arm and cohort.
    pub allocation: Option<Allocation>,
    /// Milestones that enrollment told.
    pub milestones: Happenings,
    /// Transfusions that dosing told.
    pub transfusions: Happenings,
    /// Investigational doses by their permit: every permitted start that is not known to be void (protocols README,
    /// sentence 13).
    pub doses: BTreeMap<String, Dose>,
}

/// A permitted start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dose {
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// The permit is void: nothing was given under it.
    pub void: bool,
}

impl Subject {
    /// A subject of whom nothing is known but its name.
    pub fn unknown(whose: Whose) -> Self {
        Self {
            whose,
            site: None,
            protocol: None,
            screened: None,
            allocation: None,
            milestones: Happenings::default(),
            transfusions: Happenings::default(),
            doses: BTreeMap::new(),
        }
    }

    /// A start was permitted, begun or timed anew.
    pub fn dosed(&mut self, permit: String, at: Timestamp) {
        self.doses.entry(permit).and_modify(|dose| dose.at = at).or_insert(Dose { at, void: false });
    }

    /// Nothing was given under a permit, whichever of the two is heard first.
    pub fn dose_void(&mut self, permit: String, at: Timestamp) {
        self.doses.entry(permit).and_modify(|dose| dose.void = true).or_insert(Dose { at, void: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn on(day: i8, withdrawn: bool) -> Happening {
        let when = When::On(date(2025, 3, day));
        Happening { event: "platelet-transfusion".to_owned(), when, withdrawn }
    }

    #[test]
    fn a_correction_counts_in_whatever_order_it_comes() {
        let told = [("a", "", on(1, false)), ("b", "a", on(2, false)), ("c", "b", on(2, true))];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let mut happenings = Happenings::default();
            for place in &order {
                let (id, replaces, happening) = told[*place].clone();
                happenings.record(id.to_owned(), replaces.to_owned(), happening);
            }
            assert_eq!(happenings.standing().count(), 0, "{order:?}");
        }
        let mut happenings = Happenings::default();
        happenings.record("b".to_owned(), "a".to_owned(), on(2, false));
        happenings.record("a".to_owned(), String::new(), on(1, false));
        assert_eq!(happenings.standing().map(|one| one.when).collect::<Vec<_>>(), [on(2, false).when]);
    }
}
