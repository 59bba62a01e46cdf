//! The normal form of a state. The order in which messages and handlers are listed, and clocks that nothing reads any more,
//! tell no two states apart: leaving them out makes the same exploration smaller and loses nothing.

use std::sync::Arc;

use holdpoint_safety::domain::hold::Hold;
use holdpoint_safety::domain::ids::PermitId;

use crate::mutation::Mutation;
use crate::names::{FORGOTTEN, LIFE, LIFE_LESS_MARGIN};
use crate::state::{Call, Hearing, Stage, State};

impl State {
    /// The state in its normal form. A change to the protocol may say again what the protocol says once: there the ages of
    /// permits count on.
    pub fn normal(mut self, mutation: Option<Mutation>) -> Self {
        self.calls.sort_by(|one, other| key(one).cmp(&key(other)));
        self.asking.sort_by_key(|asking| (asking.device, asking.attempt));
        self.going.sort_by(|one, other| {
            (one.device, one.attempt, &one.permit).cmp(&(other.device, other.attempt, &other.permit))
        });
        self.stop_handlers();
        self.stop_devices();
        if !matches!(mutation, Some(Mutation::PermitFromMemory | Mutation::GoKept)) {
            self.stop_permits();
        }
        self.stop_instances();
        self
    }

    /// A handler that will say nothing looks at no clock.
    fn stop_handlers(&mut self) {
        for call in self.calls.iter_mut().filter(|call| call.gone || matches!(call.stage, Stage::Back(_))) {
            call.age = LIFE_LESS_MARGIN;
            call.boot_stands = false;
        }
    }

    /// A device whose newest attempt nobody can answer any more looks at no clock.
    fn stop_devices(&mut self) {
        let (calls, asking, going) = (&self.calls, &self.asking, &self.going);
        for (at, device) in self.devices.iter_mut().enumerate() {
            let newest = (at, device.attempt);
            let awaited = asking.iter().any(|asking| (asking.device, asking.attempt) == newest)
                || calls.iter().any(|call| !call.gone && (call.device, call.attempt) == newest)
                || going.iter().any(|go| (go.device, go.attempt) == newest);
            if !awaited && !matches!(device.hearing, Hearing::Heard(..)) {
                device.age = LIFE;
            }
        }
    }

    /// The age of a permit counts until its `Go` was heard or can not be said any more.
    fn stop_permits(&mut self) {
        let (calls, going) = (&self.calls, &self.going);
        let is_out = |permit: &PermitId| {
            going.iter().any(|go| go.permit == *permit)
                || calls.iter().any(|call| match &call.stage {
                    Stage::Asked { answer: Some(answer), .. } => answer.permit.as_ref() == Ok(permit),
                    Stage::Claimed(claimed) => claimed == permit,
                    _ => false,
                })
        };
        if !self.witness.permits.iter().any(|(permit, known)| known.age < LIFE && !is_out(permit)) {
            return;
        }
        for (permit, known) in &mut Arc::make_mut(&mut self.witness).permits {
            if !is_out(permit) {
                known.age = LIFE;
            }
        }
    }

    /// An instance counts for holds that wait, and from its beginning until its peers have shown their heads.
    fn stop_instances(&mut self) {
        let holds = &self.safety.holds;
        for instance in &mut self.instances {
            instance.waiting.retain(|id, _| holds.get(id).is_some_and(Hold::is_waiting));
            if instance.peers.silent().is_empty() {
                instance.age = FORGOTTEN;
            }
        }
    }
}

fn key(call: &Call) -> (usize, u8, u8, u8, &str) {
    let (rank, ask, permit) = match &call.stage {
        Stage::Asked { ask, .. } => (0, *ask, ""),
        Stage::Claimed(permit) => (1, 0, permit.as_str()),
        Stage::Back(permit) => (2, 0, permit.as_str()),
    };
    (call.device, call.attempt, rank, ask, permit)
}
