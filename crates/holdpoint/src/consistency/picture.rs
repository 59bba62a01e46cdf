//! What was read of a trial, put side by side: only what the checks ask, in types that say what may be absent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::client::Behind;

/// Everything of one trial.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// The trial.
    pub trial: String,
    /// The investigator chooses the arm: places are counted along each arm.
    pub chosen: bool,
    /// Allocations, the newest and the earlier ones of each subject.
    pub allocations: Vec<Allocated>,
    /// Infusions whose cells flowed, or may have.
    pub infusions: Vec<Given>,
    /// Permits that these name; left out where safety knows none.
    pub permits: BTreeMap<String, Permitted>,
    /// Lots that infusions name; left out where dosing knows none.
    pub lots: BTreeMap<String, Stocked>,
    /// Bedside weights that infusions name; left out where dosing knows none.
    pub weights: BTreeMap<String, Weighed>,
    /// Every hold.
    pub holds: Vec<Held>,
    /// Every adverse event.
    pub adverse_events: Vec<Adverse>,
    /// Readers that do not stand at a head, and how many were compared.
    pub behind: Vec<Behind>,
    /// How many heads were compared.
    pub heads: usize,
    /// Rows that could not be applied: who parked them, whose they are, why.
    pub parked: Vec<(String, String, String)>,
}

/// One allocation.
#[derive(Debug, Clone, Default)]
pub struct Allocated {
    pub subject: String,
    pub site: String,
    pub arm: String,
    pub cohort: String,
    pub permit: String,
    /// When it was acknowledged.
    pub at: Option<Timestamp>,
    /// The list of its stratum and its place there.
    pub place: (String, u32),
    /// Days at the site on which the subject consented, without those that were corrected.
    pub consents: Vec<Date>,
    /// The judgement it was drawn under.
    pub eligible: bool,
    /// Criteria of that judgement that stood in the way.
    pub against: Vec<String>,
}

/// One infusion that was started.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub subject: String,
    pub infusion: String,
    pub number: u32,
    pub permit: String,
    pub lot: String,
    /// As people said; where nobody did, when its permit was given.
    pub started_at: Option<Timestamp>,
    /// When the lot was released for the trial, as the order rests on it.
    pub lot_released_at: Option<Timestamp>,
    /// The dose is reckoned from a weight.
    pub by_weight: bool,
    /// The weight it was reckoned from, as its order says.
    pub weight: String,
    pub kilograms: String,
    pub weight_measured_at: Option<Timestamp>,
}

/// A lot as dosing knows it.
#[derive(Debug, Clone, Default)]
pub struct Stocked {
    /// "received", "released", "quarantined"
    pub state: String,
    /// Trials that it is released for.
    pub released_for: Vec<String>,
    /// In quarantine since then, for good.
    pub quarantined_at: Option<Timestamp>,
}

/// A bedside weight as dosing knows it.
#[derive(Debug, Clone, Default)]
pub struct Weighed {
    pub subject: String,
    pub kilograms: String,
    pub measured_at: Option<Timestamp>,
}

/// A permit as safety knows it.
#[derive(Debug, Clone, Default)]
pub struct Permitted {
    pub subject: String,
    /// Empty for an allocation.
    pub infusion: String,
    /// "out", "settled", "void", "completed"
    pub state: String,
    /// It is for the subject's first dose.
    pub first_dose: bool,
    pub issued_at: Option<Timestamp>,
}

/// Whom a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Covers {
    /// The whole trial.
    #[default]
    Trial,
    /// One site, arm, cohort or subject.
    Site(String),
    Arm(String),
    Cohort(String),
    Subject(String),
}

/// One hold.
#[derive(Debug, Clone, Default)]
pub struct Held {
    pub hold: String,
    pub reason: String,
    pub covers: Covers,
    pub stops_allocation: bool,
    /// Every dose, or first doses only.
    pub stops_doses: bool,
    pub stops_first_doses: bool,
    /// No permit covers from here on.
    pub placed_at: Option<Timestamp>,
    pub effective_at: Option<Timestamp>,
    pub released_at: Option<Timestamp>,
    /// Services whose check is awaited still.
    pub unchecked: Vec<String>,
    /// Infusions and allocations that were permitted before and named as in flight.
    pub in_flight: Vec<String>,
}

/// One adverse event.
#[derive(Debug, Clone, Default)]
pub struct Adverse {
    pub subject: String,
    pub adverse_event: String,
    /// "true", "false" or "unknown".
    pub serious: String,
    /// How many rules answered.
    pub verdicts: usize,
    /// The rules could not be asked yet.
    pub unruled: bool,
}
