//! One numbered infusion of a subject over its whole life, as it is stored: planned, then authorized and given, or
//! taken off the plan. Also what a subject's infusions say together: which doses count, and from when.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::Activity;
use super::ids::InfusionId;
use super::infusion::{Infusion, State};
use super::plan::{CanceledInfusion, CourseKey, Key, PlannedInfusion, Window};
use super::refusal::Refusal;

/// Planned and actual are different types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all that is stored becomes actual; a box would save nothing"
)]
pub enum Stage {
    /// The plan names it.
    Planned(PlannedInfusion),
    /// It has an order, and may be on its way or over.
    Actual(Infusion),
    /// It will not be given.
    Canceled(CanceledInfusion),
}

/// One infusion as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    /// Where it stands.
    pub stage: Stage,
}

impl Treatment {
    /// A planned one.
    pub fn planned(planned: PlannedInfusion) -> Self {
        Self { stage: Stage::Planned(planned) }
    }

    /// Which infusion of whom.
    pub fn key(&self) -> &Key {
        match &self.stage {
            Stage::Planned(planned) => &planned.key,
            Stage::Actual(infusion) => &infusion.key,
            Stage::Canceled(canceled) => &canceled.key,
        }
    }

    /// When it is, or was, due.
    pub fn window(&self) -> Window {
        match &self.stage {
            Stage::Planned(planned) => planned.window,
            Stage::Actual(infusion) => infusion.window,
            Stage::Canceled(canceled) => canceled.window,
        }
    }

    /// The state's word.
    pub fn state_word(&self) -> &'static str {
        match &self.stage {
            Stage::Planned(_) => "planned",
            Stage::Actual(infusion) => infusion.state_word(),
            Stage::Canceled(_) => "canceled",
        }
    }

    /// The actual infusion, for what only one with an order can do.
    pub fn actual(&self, what: &'static str) -> Result<&Infusion, Refusal> {
        match &self.stage {
            Stage::Actual(infusion) => Ok(infusion),
            _ => Err(Refusal::WrongState { what, found: self.state_word(), allowed: "authorized" }),
        }
    }

    /// The same record with its infusion in another state.
    pub fn with(&self, infusion: Infusion) -> Self {
        Self { stage: Stage::Actual(infusion) }
    }

    /// The same record at another stage.
    pub fn at(&self, stage: Stage) -> Self {
        Self { stage }
    }

    /// From when it counts as a dose, if it does (protocols README, sentence 13).
    pub fn dose_at(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Actual(infusion) => infusion.dose_at(),
            _ => None,
        }
    }

    /// Planned or authorized: a hold freezes it, a plan may move it.
    pub fn waiting(&self) -> bool {
        match &self.stage {
            Stage::Planned(_) => true,
            Stage::Actual(infusion) => infusion.state == State::Authorized,
            Stage::Canceled(_) => false,
        }
    }

    /// Starting, unconfirmed or running.
    pub fn in_flight(&self) -> bool {
        matches!(&self.stage, Stage::Actual(infusion) if infusion.in_flight())
    }

    /// The same infusion on other days. Only one that waits is moved.
    pub fn moved(self, window: Window) -> Result<Self, Refusal> {
        let stage = match self.stage {
            Stage::Planned(planned) => Stage::Planned(planned.moved(window)),
            Stage::Actual(infusion) => Stage::Actual(infusion.moved(window)?),
            Stage::Canceled(_) => {
                return Err(Refusal::WrongState {
                    what: "move",
                    found: "canceled",
                    allowed: "planned or authorized",
                });
            }
        };
        Ok(Self { stage })
    }

    /// Takes one that waits off the plan.
    pub fn cancel(self, why: &str, at: Timestamp) -> Result<Self, Refusal> {
        let canceled = match self.stage {
            Stage::Planned(planned) => planned.cancel(why.to_owned(), at),
            Stage::Actual(infusion) => infusion.cancel(why.to_owned(), at)?,
            Stage::Canceled(canceled) => canceled,
        };
        Ok(Self { stage: Stage::Canceled(canceled) })
    }
}

/// The doses that a subject is counted to have had of a course, other than one infusion itself, in the order of time.
pub fn doses(all: &[Treatment], course: &CourseKey, except: Option<&InfusionId>) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = all
        .iter()
        .filter(|one| one.key().course() == *course && Some(&one.key().id) != except)
        .filter_map(Treatment::dose_at)
        .collect();
    times.sort_unstable();
    times
}

/// The doses before one that the regimen has left for it, in the order of time. Refused where all are counted as given,
/// or its number is beyond the last: four doses are four, however they came to be.
pub fn dose_left(all: &[Treatment], key: &Key, times: u32) -> Result<Vec<Timestamp>, Refusal> {
    let given = doses(all, &key.course(), Some(&key.id));
    let so_far = u32::try_from(given.len()).unwrap_or(u32::MAX);
    if key.number > times || so_far >= times {
        return Err(Refusal::BeyondTheLast { times, given: so_far });
    }
    Ok(given)
}

/// What a start of an infusion would be: the first dose of the subject in its cohort, of any regimen, or a further one.
pub fn activity(all: &[Treatment], infusion: &InfusionId) -> Activity {
    let cohort = all.iter().map(Treatment::key).find(|key| key.id == *infusion).map(|key| &key.cohort);
    let same = |one: &&Treatment| cohort.is_none_or(|cohort| one.key().cohort == *cohort);
    let dosed = all.iter().filter(same).any(|one| one.key().id != *infusion && one.dose_at().is_some());
    if dosed { Activity::Dosing } else { Activity::FirstDose }
}

/// The ids of those that a hold on this activity keeps still.
pub fn waiting_for<'a>(
    all: &'a [Treatment],
    stopped: impl Fn(Activity) -> bool + 'a,
) -> impl Iterator<Item = &'a Treatment> + 'a {
    all.iter().filter(move |one| one.waiting() && stopped(activity(all, &one.key().id)))
}

/// The numbers of a course that the plan already names, canceled ones left out.
pub fn planned_numbers(all: &[Treatment], course: &CourseKey) -> BTreeSet<u32> {
    let named = all.iter().filter(|one| !matches!(one.stage, Stage::Canceled(_)));
    named.map(Treatment::key).filter(|key| key.course() == *course).map(|key| key.number).collect()
}
