//! Decides what a planned infusion is: a number, a day it is due with its window, and no permission to do anything.
//! An authorized one is another type, `Infusion` (house habit 18).

use holdpoint_protocol::eval::dosing::{self, DoseWindow};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use serde::{Deserialize, Serialize};

use super::ids::{Attempt, InfusionId, RegimenId, SubjectId, TrialId};
use super::infusion::{Infusion, Order};
use super::moment::cut;

/// Which infusion of whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Its own id.
    pub id: InfusionId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The regimen of the trial file.
    pub regimen: RegimenId,
    /// Its place in the regimen, from 1 to `times`.
    pub number: u32,
}

/// When an infusion is due, and between which moments it is on time (protocols README, sentence 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The moment it is due.
    #[serde(with = "micros::required")]
    pub due: Timestamp,
    /// Not before.
    #[serde(with = "micros::required")]
    pub earliest: Timestamp,
    /// On time until; none where nothing limits it.
    #[serde(with = "micros::optional")]
    pub latest: Option<Timestamp>,
}

impl From<DoseWindow> for Window {
    fn from(window: DoseWindow) -> Self {
        Self { due: cut(window.due), earliest: cut(window.earliest), latest: window.latest.map(cut) }
    }
}

/// How a start lies to the window that the file gives it, whatever the plan was moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// Inside.
    OnTime,
    /// After it, as the file's rule for late doses allows.
    Late,
    /// Where none may start: a time corrected later, a start recorded late.
    Outside,
}

impl Timing {
    /// The word that answers use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "on time",
            Self::Late => "late",
            Self::Outside => "outside",
        }
    }
}

impl From<dosing::Timing> for Timing {
    fn from(timing: dosing::Timing) -> Self {
        match timing {
            dosing::Timing::OnTime => Self::OnTime,
            dosing::Timing::Late => Self::Late,
        }
    }
}

/// An infusion that the plan names and nobody authorized yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlannedInfusion {
    /// Which one.
    pub key: Key,
    /// When.
    pub window: Window,
    /// The highest attempt that ever claimed a permit for it. Kept when an authorization is taken back, so that a
    /// number is never used twice.
    pub attempts: Attempt,
}

/// An infusion that will not be given.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CanceledInfusion {
    /// Which one.
    pub key: Key,
    /// When it was due.
    pub window: Window,
    /// Why: the rule's id, or words.
    pub why: String,
    /// When it was taken off the plan.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// Kept, so that an attempt's number is not used again if the infusion comes back.
    pub attempts: Attempt,
}

impl CanceledInfusion {
    /// Canceled -> Planned: what took it off the plan was taken back (a death recorded for the wrong subject).
    pub fn restore(self) -> PlannedInfusion {
        PlannedInfusion { key: self.key, window: self.window, attempts: self.attempts }
    }
}

impl PlannedInfusion {
    /// An infusion of the plan.
    pub fn new(key: Key, window: Window) -> Self {
        Self { key, window, attempts: Attempt::NONE }
    }

    /// Planned -> Authorized. Whether the order is right was judged before (`order.rs`).
    pub fn authorize(self, order: Order) -> Infusion {
        Infusion::authorized(self, order)
    }

    /// The same infusion on other days.
    pub fn moved(self, window: Window) -> Self {
        Self { window, ..self }
    }

    /// Planned -> Canceled.
    pub fn cancel(self, why: String, at: Timestamp) -> CanceledInfusion {
        CanceledInfusion { key: self.key, window: self.window, why, at, attempts: self.attempts }
    }
}
