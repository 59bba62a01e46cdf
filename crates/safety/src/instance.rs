//! What only this running instance knows: since when it waits for each hold, since when it knows of a restore, and
//! which peers have shown their heads since it began. A restart forgets all of it, and counts anew (holds.md step 6).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdpoint_chassis::clock::{MachineClock, Mark};

use crate::domain::effective::Waited;
use crate::domain::ids::{HoldId, Peer, Person, TrialId};
use crate::domain::peer::Peers;

/// The memory of one instance.
#[derive(Debug)]
pub struct Instance {
    clock: MachineClock,
    began: Mark,
    known: BTreeSet<Peer>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    placed_here: BTreeMap<HoldId, Mark>,
    waiting: BTreeMap<HoldId, Mark>,
    restores: BTreeMap<TrialId, Mark>,
    peers: BTreeMap<TrialId, Peers>,
}

impl Instance {
    /// An instance that has just begun.
    pub fn new(clock: MachineClock, known: impl IntoIterator<Item = Peer>) -> Self {
        let began = clock.mark();
        Self { clock, began, known: known.into_iter().collect(), memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The services whose journals permits rest on, and whose heads are awaited after a restart.
    pub fn known(&self) -> &BTreeSet<Peer> {
        &self.known
    }

    /// This instance places the hold at this moment.
    pub fn placed(&self, hold: &HoldId) {
        let mark = self.clock.mark();
        let mut memory = self.memory();
        memory.placed_here.insert(hold.clone(), mark);
        memory.waiting.insert(hold.clone(), mark);
    }

    /// How long this instance has waited for the hold, from its first knowledge of it; and since the trial's restore
    /// where `restored` says that its gap is not reconciled. While a peer has not shown its heads nobody knows whether
    /// safety was restored: what it may have forgotten is older than this instance.
    pub fn waited(&self, trial: &TrialId, hold: &HoldId, restored: bool) -> Waited {
        let now = self.clock.mark();
        let mut memory = self.memory();
        let since = *memory.waiting.entry(hold.clone()).or_insert(now);
        let restore = restored.then(|| *memory.restores.entry(trial.clone()).or_insert(now));
        let unsure = self.peers_in(&mut memory, trial, |peers| !peers.silent().is_empty());
        drop(memory);
        let restore = restore.or_else(|| unsure.then_some(self.began));
        Waited {
            hold: self.clock.boot_since(&since),
            restore: restore.map(|since| self.clock.boot_since(&since)),
        }
    }

    /// Time since this instance first knew of the hold.
    pub fn since(&self, hold: &HoldId) -> Duration {
        let now = self.clock.mark();
        let since = *self.memory().waiting.entry(hold.clone()).or_insert(now);
        self.clock.boot_since(&since)
    }

    /// Time since this instance placed the hold; none where another did, or it was before a restart.
    pub fn since_placed(&self, hold: &HoldId) -> Option<Duration> {
        let mark = self.memory().placed_here.get(hold).copied();
        mark.map(|mark| self.clock.boot_since(&mark))
    }

    /// Ends the wait for a hold.
    pub fn forget(&self, hold: &HoldId) {
        let mut memory = self.memory();
        memory.placed_here.remove(hold);
        memory.waiting.remove(hold);
    }

    /// A peer showed its head of the trial.
    pub fn shown(&self, trial: &TrialId, peer: &Peer) {
        self.peers(trial, |peers| peers.shown(peer.clone()));
    }

    /// A person answers for a silent peer.
    pub fn overridden(&self, trial: &TrialId, peer: &Peer, by: Person) {
        self.peers(trial, |peers| peers.overridden(peer.clone(), by));
    }

    /// The peers that have not shown their heads of the trial since this instance began.
    pub fn silent(&self, trial: &TrialId) -> Vec<Peer> {
        self.peers(trial, |peers| peers.silent().into_iter().cloned().collect())
    }

    fn peers<T>(&self, trial: &TrialId, act: impl FnOnce(&mut Peers) -> T) -> T {
        self.peers_in(&mut self.memory(), trial, act)
    }

    fn peers_in<T>(&self, memory: &mut Memory, trial: &TrialId, act: impl FnOnce(&mut Peers) -> T) -> T {
        let known = || Peers::after_restart(self.known.iter().cloned());
        act(memory.peers.entry(trial.clone()).or_insert_with(known))
    }
}
