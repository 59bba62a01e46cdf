//! One state of the small world: what each service has committed, what only its running instances know, what is on its way,
//! what the bedsides heard, and what an all-seeing witness remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::ids::{HoldId, PermitId};
use safe::scope::{Activity, Placement};

use crate::dosing::Dosing;
use crate::enrollment::Enrollment;
use crate::names::{Planned, Service};
use crate::safety::{Answer, Instance, Safety};

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

/// A permit as the witness knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Witnessed {
    /// What it allows, for which device.
    pub of: Of,
    /// What was asked.
    pub activity: Activity,
    /// The asker's view.
    pub placement: Placement,
    /// Ticks since its issue.
    pub age: u8,
}

/// What an all-seeing witness remembers: no service reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Witness {
    /// Asks so far.
    pub asks: u8,
    /// Every permit that safety ever gave.
    pub permits: BTreeMap<PermitId, Witnessed>,
    /// Which hold covers which permit, in either side's view at the later of placing and issue.
    pub covered: BTreeSet<(HoldId, PermitId)>,
    /// Holds that became effective and were not released, whatever safety has forgotten.
    pub effective: BTreeSet<HoldId>,
    /// Holds that were placed and not released.
    pub standing: BTreeSet<HoldId>,
    /// Holds that people have released, whatever safety has forgotten.
    pub released: BTreeSet<HoldId>,
    /// Ticks since each waiting hold was placed, or since the last restart.
    pub waiting: BTreeMap<HoldId, u8>,
    /// The permits whose `Go` was heard, acknowledged and valid.
    pub acted: BTreeSet<PermitId>,
    /// How often each line was opened.
    pub opened: BTreeMap<Of, u8>,
    /// The services that lost rows which a peer has seen, and that people have not reconciled.
    pub unreconciled: BTreeSet<Service>,
    /// Properties that a step has broken.
    pub broken: BTreeSet<Broken>,
}

/// What a step can break by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Broken {
    /// A `Go` was said after a hold that covers it was effective.
    SaidAfterEffective,
    /// A valid `Go` was acted on after a hold that covers it was effective.
    HeardAfterEffective,
    /// A `Go` was heard later than a life after its permit's issue.
    HeardAfterLife,
    /// A repeated message changed something.
    RepeatChanged,
    /// A release took away more or less than one hold.
    ReleaseOfOthers,
    /// A permit was given by or for a service that lost rows, with nobody having reconciled it.
    OpenAfterRestore,
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
    /// They do; how fast is not said.
    Up,
    /// They do not.
    Cut,
    /// They do again, for so many ticks, and compare heads within each.
    Healed(u8),
}
