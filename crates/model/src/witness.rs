//! What an all-seeing witness remembers of a run, so that properties can be told of it. No service reads any of this.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_safety::domain::ids::{HoldId, PermitId};
use holdpoint_safety::domain::scope::{Activity, Placement};

use crate::names::Service;
use crate::state::Of;

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
