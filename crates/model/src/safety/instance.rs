//! What only one running instance of safety knows: since when it waits, and which peers have shown their heads since it began.
//! It stands for `holdpoint_safety::instance`, with the machine's boot clock counted in ticks.

use std::collections::BTreeMap;

use holdpoint_safety::domain as safe;
use safe::effective::Waited;
use safe::ids::{HoldId, Peer};
use safe::peer::Peers;

use crate::mutation::Mutation;
use crate::names::{FORGOTTEN, Service, ticks};

/// One running instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Ticks since it began.
    pub age: u8,
    /// Ticks since it first knew of each waiting hold.
    pub waiting: BTreeMap<HoldId, u8>,
    /// Ticks since it first knew of safety's own restore.
    pub restored: Option<u8>,
    /// The peers that have shown their heads.
    pub peers: Peers,
    /// Its wall clock was stepped forward, far.
    pub wall_stepped: bool,
}

impl Instance {
    /// One that has just begun.
    pub fn begun() -> Self {
        let known = [Service::Enrollment, Service::Dosing].map(|peer| Peer::from(peer.name()));
        let peers = Peers::after_restart(known);
        Self { age: 0, waiting: BTreeMap::new(), restored: None, peers, wall_stepped: false }
    }

    /// One that has run for long, and whose peers have all shown their heads.
    pub fn running() -> Self {
        let mut peers = Peers::after_restart([]);
        for peer in [Service::Enrollment, Service::Dosing] {
            peers.shown(Peer::from(peer.name()));
        }
        Self { age: FORGOTTEN, peers, ..Self::begun() }
    }

    /// How long it has waited for a hold, and since safety was, or may have been, restored.
    pub(super) fn waited(&mut self, hold: &HoldId, restored: bool, mutation: Option<Mutation>) -> Waited {
        let since = *self.waiting.entry(hold.clone()).or_insert(0);
        let restore = restored.then(|| *self.restored.get_or_insert(0));
        let unsure = !self.peers.silent().is_empty() && mutation != Some(Mutation::SureAtStart);
        let restore = restore.or_else(|| unsure.then_some(self.age));
        let far = mutation == Some(Mutation::WallClockForLives) && self.wall_stepped;
        let passed = |since: u8| ticks(if far { FORGOTTEN } else { since });
        Waited { hold: passed(since), restore: restore.map(passed) }
    }
}
