//! Who and what there is in the small world that the model explores: one trial, two subjects, an infusion of each, and the
//! holds that people and rules may place. Every id is short, every civil time the same: nothing here decides by either.

use std::collections::BTreeSet;

use holdpoint_dosing::domain as dose;
use holdpoint_safety::domain as safe;
use jiff::Timestamp;
use safe::hold::HoldKind;
use safe::permit::Terms;
use safe::scope::{Activity, Scope};

/// The trial.
pub const TRIAL: &str = "t";
/// One tick of the model's clock, in milliseconds.
pub const TICK_MS: u64 = 10_000;
/// Life and margin: two ticks and one. The longest life that a forgotten permit may have had is three ticks.
pub const TERMS: Terms = Terms { life_ms: 2 * TICK_MS, margin_ms: TICK_MS };
/// Ticks of the longest life and its margin: after so many every permit that safety has forgotten is over.
pub const FORGOTTEN: u8 = 4;
/// Ticks after which a wait needs not be counted further: more than any rule allows.
pub const LONG: u8 = 5;
/// Ticks of a life.
pub const LIFE: u8 = 2;
/// Ticks of a life less its margin.
pub const LIFE_LESS_MARGIN: u8 = 1;

/// Whole ticks as a duration.
pub fn ticks(count: u8) -> std::time::Duration {
    std::time::Duration::from_millis(u64::from(count) * TICK_MS)
}

/// The one civil time.
pub fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// One infusion that may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Planned {
    /// Its id.
    pub id: &'static str,
    /// Whose.
    pub subject: &'static str,
    /// Its number.
    pub number: u32,
}

/// The first dose of the first subject.
pub const FIRST: Planned = Planned { id: "i1", subject: "A", number: 1 };
/// The first dose of the second subject.
pub const OTHER: Planned = Planned { id: "i2", subject: "B", number: 1 };

impl Planned {
    /// The infusion with an order, ready to be asked for.
    pub fn authorized(self) -> dose::infusion::Infusion {
        let key = dose::plan::Key {
            id: self.id.into(),
            trial: TRIAL.into(),
            subject: self.subject.into(),
            regimen: "r".into(),
            number: self.number,
        };
        let window = dose::plan::Window { due: at(), earliest: at(), latest: Some(at()) };
        let order = dose::infusion::Order {
            lot: "l".into(),
            release: dose::lot::Release {
                certificate: String::new(),
                by: String::new(),
                at: at(),
                protocol: String::new(),
            },
            cells: 1.into(),
            dose: dose::dose::Dose {
                reckoned: Some(1.into()),
                lowest: 1.into(),
                highest: 1.into(),
                unit: String::new(),
                weight_kilograms: None,
                weight_measured_at: None,
                weight_used: dose::dose::WeightUsed::None,
                reasons: vec![],
            },
            weight: None,
            by: String::new(),
            at: at(),
        };
        dose::plan::PlannedInfusion::new(key, window).authorize(order)
    }
}

/// A hold that an adverse event or a person places, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wanted {
    /// The whole trial is suspended.
    Suspension,
    /// Dosing of the first subject ends, for good.
    StopFirst,
    /// Dosing at site s1.
    SiteOne,
    /// Dosing at site s2.
    SiteTwo,
    /// Dosing in arm x.
    ArmX,
}

impl Wanted {
    /// Its id once placed.
    pub fn id(self) -> &'static str {
        match self {
            Self::Suspension => "suspension",
            Self::StopFirst => "stop-a",
            Self::SiteOne => "site-1",
            Self::SiteTwo => "site-2",
            Self::ArmX => "arm-x",
        }
    }

    /// What it covers.
    pub fn scope(self) -> Scope {
        match self {
            Self::Suspension => Scope::Trial,
            Self::StopFirst => Scope::Subject("A".into()),
            Self::SiteOne => Scope::Site("s1".into()),
            Self::SiteTwo => Scope::Site("s2".into()),
            Self::ArmX => Scope::Arm("x".into()),
        }
    }

    /// What it stops.
    pub fn activities(self) -> BTreeSet<Activity> {
        match self {
            Self::Suspension => BTreeSet::from([Activity::Randomization, Activity::Dosing]),
            _ => BTreeSet::from([Activity::Dosing]),
        }
    }

    /// What ends it.
    pub fn kind(self) -> HoldKind {
        match self {
            Self::StopFirst => HoldKind::Permanent,
            _ => HoldKind::PendingBoardDecision,
        }
    }
}

/// The three services that the protocol of holds runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Holds and permits.
    Safety,
    /// Infusions.
    Dosing,
    /// Allocations.
    Enrollment,
}

impl Service {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Dosing => "dosing",
            Self::Enrollment => "enrollment",
        }
    }
}
