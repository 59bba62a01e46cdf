//! One state of the small world: what each service has committed, what only its running instances know, what is on its way,
//! what the bedsides heard, and what may still go wrong.

use std::sync::Arc;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::ids::PermitId;
use safe::scope::{Activity, Placement};

use crate::dosing::Dosing;
use crate::enrollment::Enrollment;
use crate::names::{Planned, Service};
use crate::safety::{Answer, Instance, Safety};
use crate::witness::{Broken, Witness};

/// What a device asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// The start of an infusion.
    Dose(Planned),
    /// The allocation of a subject.
    Arm(&'static str),
}

impl Of {
    /// The service that is asked.
    pub fn service(self) -> Service {
        match self {
            Self::Dose(_) => Service::Dosing,
            Self::Arm(_) => Service::Enrollment,
        }
    }
}

/// What a device has heard in its newest attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hearing {
    /// Nothing.
    Nothing,
    /// A valid `Go`, not acknowledged yet: nothing may be opened. With what the witness says of that moment.
    Heard(PermitId, Option<Broken>),
    /// A valid `Go`, acknowledged and in time: the line may be opened.
    Acted(PermitId),
    /// The line is open.
    Opened(PermitId),
    /// It is over, or nothing was given after all.
    Done,
}

/// A listener: one bedside device, or one desk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// What it asks for.
    pub of: Of,
    /// Its newest attempt.
    pub attempt: u8,
    /// Ticks since it asked in that attempt.
    pub age: u8,
    /// What it heard.
    pub hearing: Hearing,
}

/// An ask on its way from a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asking {
    /// The device.
    pub device: usize,
    /// The attempt.
    pub attempt: u8,
    /// With the person's statement.
    pub stated: bool,
    /// How often it can still arrive.
    pub copies: u8,
}

/// A `Go` on its way to a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Going {
    /// The device.
    pub device: usize,
    /// The attempt that it answers.
    pub attempt: u8,
    /// The permit.
    pub permit: PermitId,
}

/// How far a handler has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Safety was asked.
    Asked {
        /// The ask's number: its id is fresh.
        ask: u8,
        /// What would start.
        activity: Activity,
        /// The asker's view.
        placement: Placement,
        /// The asker's own head.
        mine: Head,
        /// The newest that the asker has seen of safety's.
        yours: Head,
        /// What safety answered, once it did.
        answer: Option<Box<Answer>>,
        /// It is the second ask of this handler, after a void.
        second: bool,
    },
    /// The permit is claimed, and its `Go` not said yet.
    Claimed(PermitId),
    /// The permit is to be given back.
    Back(PermitId),
}

/// A handler of one ask, running in dosing or in enrollment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who asked.
    pub device: usize,
    /// In which attempt.
    pub attempt: u8,
    /// With the person's statement.
    pub stated: bool,
    /// Ticks since its mark, taken before the ask.
    pub age: u8,
    /// Its machine's boot clock stands still.
    pub boot_stands: bool,
    /// It waits no more; its request may still reach safety.
    pub gone: bool,
    /// How far it has come.
    pub stage: Stage,
}

/// What may still go wrong, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// Crashes of a handler after its claim or before its give-back.
    pub crashes: u8,
    /// Restarts of an instance of safety.
    pub restarts: u8,
    /// Restarts of dosing.
    pub dosing_restarts: u8,
    /// Clock troubles.
    pub clocks: u8,
    /// Moves of the first subject to another site.
    pub moves: u8,
    /// Releases.
    pub releases: u8,
    /// Restores.
    pub restores: u8,
}

/// One state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Safety's database.
    pub safety: Arc<Safety>,
    /// Its running instances.
    pub instances: Vec<Instance>,
    /// Dosing's database.
    pub dosing: Arc<Dosing>,
    /// Enrollment's database.
    pub enrollment: Arc<Enrollment>,
    /// Copies to restore from.
    pub copies: Copies,
    /// Handlers.
    pub calls: Vec<Call>,
    /// Asks on their way.
    pub asking: Vec<Asking>,
    /// `Go`s on their way.
    pub going: Vec<Going>,
    /// Listeners.
    pub devices: Vec<Device>,
    /// The witness.
    pub witness: Arc<Witness>,
    /// What may still go wrong.
    pub left: Left,
    /// Whether services hear each other.
    pub line: Line,
}

impl State {
    /// The highest attempt that any device has made of a thing.
    pub fn highest_attempt(&self, of: Of) -> u8 {
        self.devices.iter().filter(|device| device.of == of).map(|device| device.attempt).max().unwrap_or(0)
    }

    /// Whether a copy of a service's database was taken.
    pub fn has_copy(&self, service: Service) -> bool {
        match service {
            Service::Safety => self.copies.safety.is_some(),
            Service::Dosing => self.copies.dosing.is_some(),
            Service::Enrollment => self.copies.enrollment.is_some(),
        }
    }

    /// Whether any service was restored.
    pub fn has_restored(&self) -> bool {
        [Service::Safety, Service::Dosing, Service::Enrollment]
            .into_iter()
            .any(|service| self.journal(service).restores > 0)
    }
}

/// The copies that were taken of databases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Copies {
    /// Of safety's.
    pub safety: Option<Arc<Safety>>,
    /// Of dosing's.
    pub dosing: Option<Arc<Dosing>>,
    /// Of enrollment's.
    pub enrollment: Option<Arc<Enrollment>>,
}

/// Whether services hear each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// Nothing is said of when: a message or a row may be late for ever, which is what a partition is.
    Any,
    /// They do since so many ticks, and have read each other within each.
    Healed(u8),
}
