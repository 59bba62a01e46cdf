//! Regimens: what is given, how much, how often, by which route.

use super::{Head, Inject, Ladder, words};
use crate::condition::Condition;
use crate::ids::{ProductId, RegimenId};
use crate::scalar::{Dose, First, Interval, Late, Percent, Tolerance, Weigh, Window};

/// `[regimen.x]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regimen {
    /// Its id.
    pub id: RegimenId,
    /// Section, label and assumptions.
    pub head: Head,
    /// What it is for.
    pub role: RegimenRole,
    /// The product given, of an investigational regimen.
    pub product: Option<ProductId>,
    /// The drug given, of a ladder.
    pub drug: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// What is given at once; a cohort may say it instead.
    pub dose: Option<Dose>,
    /// How far what is given may lie from what is reckoned.
    pub tolerance: Option<Tolerance>,
    /// How many doses; see [`Regimen::doses`].
    pub times: Option<u32>,
    /// How far apart; always given when there are several.
    pub every: Option<Interval>,
    /// How far from its day a dose may be given.
    pub window: Option<Window>,
    /// What becomes of a dose missed in its window; without it the board decides each time.
    pub late: Option<Late>,
    /// When the first dose is due.
    pub first: Option<First>,
    /// How fresh the weight must be.
    pub weigh: Option<Weigh>,
    /// From which difference on the dose follows the day's weight (semantics 16).
    pub reweigh: Option<Percent>,
    /// How the participant is cared for around the dose.
    pub care: Option<String>,
    /// The injections of one dose.
    pub inject: Inject,
    /// The drugs of a calculator.
    pub give: Vec<Give>,
    /// The steps of a procedure.
    pub steps: Vec<Step>,
    /// For whom a calculator is.
    pub when: Option<Condition>,
    /// Its levels and how one moves between them.
    pub ladder: Option<Ladder>,
}

impl Regimen {
    /// How many doses are planned: one where the file says nothing.
    pub fn doses(&self) -> u32 {
        self.times.unwrap_or(1)
    }
}

/// One drug of a regimen that is reckoned and prescribed, never started by the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Give {
    /// The drug.
    pub drug: String,
    /// What is given at once.
    pub dose: Dose,
    /// How often; always given unless the dose is to be entered.
    pub every: Option<Interval>,
    /// On how many days; always given unless the dose is to be entered.
    pub days: Option<u32>,
    /// The route.
    pub route: Option<String>,
}

/// One step of a procedure, with its name in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What is done.
    pub what: String,
}

/// What a regimen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegimenRole {
    /// What the trial tests: its starts are doses.
    Investigational,
    /// Given beside it.
    Background,
    /// Given before a transplant.
    Conditioning,
    /// Given to the donor.
    Donor,
    /// Given in place of what is tested.
    Placebo,
}

words!(RegimenRole {
    Investigational = "investigational",
    Background = "background",
    Conditioning = "conditioning",
    Donor = "donor",
    Placebo = "placebo",
});
