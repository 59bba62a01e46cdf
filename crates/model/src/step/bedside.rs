//! The listener: a device at the bedside, or a desk, that asks, hears and acknowledges. It judges each answer with the client
//! library's own function. A `Go` counts as heard for H1 to H3 once its acknowledgement was taken, for before that nothing
//! may be opened; whether it came too late is judged at the moment it arrived.

use std::sync::Arc;
use std::time::Duration;

use holdpoint_safety::domain::ids::PermitId;

use super::Step;
use crate::mutation::Mutation;
use crate::names::{TERMS, ticks};
use crate::state::{Asking, Hearing, Of};
use crate::witness::Broken;

impl Step<'_> {
    pub(super) fn ask(&mut self, device: usize, after: bool) {
        let of = self.state.devices[device].of;
        let opened = self.state.witness.opened.get(&of).copied().unwrap_or(0) > 0;
        let highest = self.state.highest_attempt(of);
        let asks = &mut self.state.devices[device];
        asks.attempt = if after { highest } else { asks.attempt } + 1;
        asks.age = 0;
        asks.hearing = Hearing::Nothing;
        // A truthful person says so only where the line was not opened.
        let stated = asks.attempt > 1 && !opened;
        let (attempt, copies) = (asks.attempt, self.config.copies);
        self.state.asking.push(Asking { device, attempt, stated, copies });
        self.forget_late_answers();
    }

    pub(super) fn hear(&mut self, at: usize) -> Option<()> {
        let go = self.state.going.remove(at);
        let late = self.mutated(Mutation::LifeFromAnswer);
        let device = self.state.devices.get_mut(go.device)?;
        if late {
            device.age = 0;
        }
        Self::heard(device, go.attempt).ok()?;
        if device.hearing != Hearing::Nothing {
            return Some(());
        }
        let known = self.state.witness.permits.get(&go.permit);
        let broken = if known.is_some_and(|known| ticks(known.age) >= Duration::from_millis(TERMS.life_ms)) {
            Some(Broken::HeardAfterLife)
        } else {
            self.is_stopped(&go.permit).then_some(Broken::HeardAfterEffective)
        };
        self.state.devices[go.device].hearing = Hearing::Heard(go.permit, broken);
        Some(())
    }

    /// The acknowledgement arrives, twice: the second changes nothing. `answered`: its answer comes back.
    pub(super) fn acknowledge(&mut self, at: usize, answered: bool) -> Option<()> {
        let device = self.state.devices.get(at)?.clone();
        let Hearing::Heard(permit, broken) = device.hearing.clone() else { return None };
        let taken = self.acknowledged(device.of, &permit);
        let once = (self.state.dosing.clone(), self.state.enrollment.clone());
        let again = self.acknowledged(device.of, &permit);
        if again != taken || once != (self.state.dosing.clone(), self.state.enrollment.clone()) {
            self.broke(Broken::RepeatChanged);
        }
        if !answered {
            return taken.then_some(());
        }
        if !taken || Self::heard(&device, device.attempt).is_err() {
            self.state.devices[at].hearing = Hearing::Nothing;
            return Some(());
        }
        self.state.devices[at].hearing = Hearing::Acted(permit.clone());
        broken.into_iter().for_each(|what| self.broke(what));
        Arc::make_mut(&mut self.state.witness).acted.insert(permit);
        Some(())
    }

    fn acknowledged(&mut self, of: Of, permit: &PermitId) -> bool {
        match of {
            Of::Dose(planned) => {
                Arc::make_mut(&mut self.state.dosing).acknowledge(planned, &permit.as_str().into())
            }
            Of::Arm(subject) => {
                Arc::make_mut(&mut self.state.enrollment).acknowledge(subject, permit.as_str())
            }
        }
    }
}
