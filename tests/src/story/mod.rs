//! The story that system tests play: a trial is set up from its file, subjects are screened and allocated, infusions given,
//! and on one evening somebody is taken ill. Everything is asked over gRPC by people with clients of their own, and everything
//! that anyone was allowed to begin is written down (`ears`).

mod bed;
mod bedside;
mod consistent;
mod desk;
mod ears;
mod laboratory;
mod people;
mod refusal;
mod safety;
mod set_up;
mod subjects;
mod time;
mod ward;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};

use crate::faults::history::Thing;
use crate::house::{House, Plan};

pub use bed::Bed;
pub use bedside::Start;
pub use consistent::AUDITOR;
pub use desk::Allocation;
pub use ears::{Ears, Heard};
pub use laboratory::{PRINTED, deliver, report};
pub use people::People;
pub use refusal::Refusal;
pub use safety::{Event, Held};
pub use time::{moment, proto};
pub use ward::LOT;

/// The trial.
pub const TRIAL: &str = "pgf-msc";
/// Its one site.
pub const SITE: &str = "cq2";

/// One subject of the treated arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// "P-001"
    pub id: String,
    /// Weight in kilograms.
    pub kilograms: u32,
}

impl Subject {
    /// One of its doses, as histories name it.
    pub fn dose(&self, dose: usize) -> Thing {
        Thing { subject: self.id.clone(), number: u32::try_from(dose).unwrap_or(u32::MAX) }
    }
}

/// A house with a trial in it.
pub struct Story {
    /// Where it is played.
    pub house: House,
    /// Who plays.
    pub people: People,
    /// Everything that anyone heard and may act on.
    pub ears: Ears,
    /// The treated subjects, in order of allocation.
    pub treated: Vec<Subject>,
    /// Screened and eligible, not allocated.
    pub waiting: Vec<Subject>,
    /// Infusions of each subject, in order of number.
    plans: BTreeMap<String, Vec<String>>,
    /// Attempts asked for each infusion or allocation.
    attempts: BTreeMap<String, u32>,
    now: Timestamp,
}

impl Story {
    /// Opens a house; none, said in words, where this machine lacks a server that it needs.
    pub async fn open(plan: Plan) -> anyhow::Result<Option<Self>> {
        Self::open_told(plan, &[]).await
    }

    /// The same, with settings of the caller's: name and value of each variable.
    pub async fn open_told(plan: Plan, told: &[(&str, String)]) -> anyhow::Result<Option<Self>> {
        let now = moment("2026-01-05T09:00")?;
        let Some(house) = House::open_told(plan, now, told).await? else { return Ok(None) };
        let people = People::arrive(&house.desk()?)?;
        Ok(Some(Self {
            house,
            people,
            ears: Ears::default(),
            treated: Vec::new(),
            waiting: Vec::new(),
            plans: BTreeMap::new(),
            attempts: BTreeMap::new(),
            now,
        }))
    }

    /// Everybody takes a fresh token: the one they had may be dated in the future of a clock that was set back.
    pub fn fresh_tokens(&mut self) -> anyhow::Result<()> {
        let history = self.people.history.clone();
        self.people = People { history, ..People::arrive(&self.house.desk()?)? };
        Ok(())
    }

    /// The civil moment it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves civil time on to a local date and time, whatever the services do.
    pub fn at(&mut self, local: &str) -> anyhow::Result<()> {
        self.set(moment(local)?)
    }

    /// Moves civil time on by minutes.
    pub fn later(&mut self, minutes: i64) -> anyhow::Result<()> {
        self.set(self.now.checked_add(minutes.minutes())?)
    }

    fn set(&mut self, to: Timestamp) -> anyhow::Result<()> {
        anyhow::ensure!(to >= self.now, "the story goes back in time, to {to}");
        self.now = to;
        self.house.set_civil(to)
    }

    /// Waits until every service has heard everything of the others.
    pub async fn hush(&self) -> anyhow::Result<()> {
        self.people.hush().await
    }
}
