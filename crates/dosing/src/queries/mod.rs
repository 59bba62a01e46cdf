//! What can be asked of dosing, one file each. Queries see what is stored; they decide nothing.

pub mod advise_drug_level;
pub mod calculate_dose;
pub mod get_infusion;
pub mod get_lot;
pub mod get_weight;
pub mod list_infusions;
pub mod list_treatments;

mod sealed;

use crate::domain::hold::Hold;
use crate::domain::ids::HoldId;
use crate::domain::treatment::Treatment;

pub(crate) use sealed::{Open, is_sealed_to};

/// An infusion with the holds that keep it still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The infusion.
    pub treatment: Treatment,
    /// Holds that cover it while it waits.
    pub frozen_by: Vec<HoldId>,
    /// Starts of it that a hold refused.
    pub refused_by_hold: u32,
    /// The trial keeps the caller's role from knowing the arm, and what the arm gives would tell it.
    pub sealed: bool,
}

/// Standing holds of a trial that stop an infusion that waits.
pub(crate) fn frozen_by(
    holds: &[Hold],
    placement: &crate::domain::hold::Placement,
    all: &[Treatment],
    one: &Treatment,
) -> Vec<HoldId> {
    if !one.waiting() {
        return vec![];
    }
    let activity = crate::domain::treatment::activity(all, &one.key().id);
    crate::domain::hold::standing(holds, activity, placement)
}
