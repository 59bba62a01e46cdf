//! Lets the reports of one trial wait for each other in memory, one behind the other, before any of them takes a
//! connection of the database: however many arrive at once, none is refused because the others were busy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Gate, OwnedMutexGuard};

use crate::domain::ids::TrialId;

/// The turns of every trial.
#[derive(Debug, Default)]
pub struct Turns {
    gates: Mutex<BTreeMap<TrialId, Arc<Gate<()>>>>,
}

/// One turn: the next in the trial begins when it is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when this is dropped"]
pub struct Turn {
    _gate: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits until those that came before in this trial are done. First come, first served.
    pub async fn of(&self, trial: &TrialId) -> Turn {
        let gate = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            gates.entry(trial.clone()).or_default().clone()
        };
        Turn { _gate: gate.lock_owned().await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_in_a_trial_and_trials_apart() {
        let turns = Turns::default();
        let (one, other) = (TrialId::from("a"), TrialId::from("b"));
        let held = turns.of(&one).await;
        let waits = turns.of(&one);
        tokio::pin!(waits);
        assert!(futures::poll!(waits.as_mut()).is_pending());
        drop(turns.of(&other).await);
        drop(held);
        drop(waits.await);
    }
}
