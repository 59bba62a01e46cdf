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
    /// Allocations, the newest and the earlier ones of each subject.
    pub allocations: Vec<Allocated>,
    /// Infusions whose cells flowed, or may have.
    pub infusions: Vec<Given>,
    /// Permits that these name, as safety knows them; none where it knows none.
    pub permits: BTreeMap<String, Option<Permitted>>,
    /// Trials that each lot was released for.
    pub lots: BTreeMap<String, Vec<String>>,
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
    pub at: Option<Timestamp>,
    /// The day at the site on which it was drawn.
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
    pub started_at: Option<Timestamp>,
    /// When the lot was released for the trial, as the order rests on it.
    pub lot_released_at: Option<Timestamp>,
    /// The dose is reckoned from a weight.
    pub by_weight: bool,
    /// The weight it was reckoned from, and when that was measured.
    pub weight: String,
    pub weight_measured_at: Option<Timestamp>,
}

/// A permit as safety knows it.
#[derive(Debug, Clone, Default)]
pub struct Permitted {
    pub subject: String,
    /// Empty for an allocation.
    pub infusion: String,
    /// "out", "settled", "void", "completed"
    pub state: String,
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
