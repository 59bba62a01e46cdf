//! What goes wrong: instances that restart, databases that are put back to an older copy, clocks that are stepped or stand
//! still, a subject that moves to another site while it is asked for, and the end of a partition.

use std::sync::Arc;

use holdpoint_safety::domain::hold::Hold;

use super::Step;
use crate::action::Action;
use crate::journal::Event;
use crate::mutation::Mutation;
use crate::names::Service;
use crate::peers::READERS;
use crate::safety::Instance;
use crate::state::{Call, Line, Stage};

impl Step<'_> {
    pub(super) fn fault(&mut self, action: &Action) -> Option<()> {
        let state = &mut self.state;
        match action {
            Action::Crash(call) => {
                state.left.crashes -= 1;
                state.calls.remove(*call);
            }
            Action::Restart(instance) => {
                state.left.restarts -= 1;
                *state.instances.get_mut(*instance)? = Instance::begun();
                Arc::make_mut(&mut state.witness).waiting.values_mut().for_each(|age| *age = 0);
            }
            Action::RestartDosing => {
                state.left.dosing_restarts -= 1;
                let devices = &state.devices;
                state.calls.retain(|call| devices[call.device].of.service() != Service::Dosing);
                if self.config.mutation == Some(Mutation::RestartVoids) {
                    Arc::make_mut(&mut state.dosing).restart_voids(&self.config.infusions());
                }
            }
            Action::Move => {
                state.left.moves -= 1;
                let moved = Event::Placed { subject: "A".into(), site: "s2", arm: Some("x") };
                Arc::make_mut(&mut state.enrollment).journal.append(moved);
            }
            Action::Heal => state.line = Line::Healed(0),
            Action::StepWall(instance) => {
                state.left.clocks -= 1;
                state.instances.get_mut(*instance)?.wall_stepped = true;
            }
            Action::StandBoot(call) => {
                state.left.clocks -= 1;
                state.calls.get_mut(*call)?.boot_stands = true;
            }
            Action::Copy(Service::Safety) => state.copies.safety = Some(state.safety.clone()),
            Action::Copy(Service::Dosing) => state.copies.dosing = Some(state.dosing.clone()),
            Action::Copy(Service::Enrollment) => state.copies.enrollment = Some(state.enrollment.clone()),
            Action::Restore(service) => self.restore(*service)?,
            _ => return None,
        }
        Some(())
    }

    fn restore(&mut self, service: Service) -> Option<()> {
        let state = &mut self.state;
        state.left.restores -= 1;
        let newest = state.journal(service).head();
        match service {
            Service::Safety => {
                state.safety = state.copies.safety.take()?;
                Arc::make_mut(&mut state.safety).journal.restores += 1;
                if !self.config.beneath {
                    // An ask that was on its way to a process that is gone never arrives.
                    let asks = |call: &Call| matches!(call.stage, Stage::Asked { answer: None, .. });
                    state.calls.retain(|call| !asks(call));
                    state.instances.iter_mut().for_each(|instance| *instance = Instance::begun());
                }
                let (holds, witness) = (&state.safety.holds, Arc::make_mut(&mut state.witness));
                witness.waiting.retain(|id, _| holds.get(id).is_some_and(Hold::is_waiting));
                witness.waiting.values_mut().for_each(|age| *age = 0);
            }
            Service::Dosing => {
                state.dosing = state.copies.dosing.take()?;
                Arc::make_mut(&mut state.dosing).journal.restores += 1;
            }
            Service::Enrollment => {
                state.enrollment = state.copies.enrollment.take()?;
                Arc::make_mut(&mut state.enrollment).journal.restores += 1;
            }
        }
        let devices = &state.devices;
        if service != Service::Safety {
            state.calls.retain(|call| devices[call.device].of.service() != service);
        }
        if state.journal(service).head() == newest {
            return Some(());
        }
        // What only another than safety has seen is found when those two compare, not at a gate.
        let seen = READERS
            .iter()
            .filter(|(reader, source)| {
                *source == service && (service == Service::Safety || *reader == Service::Safety)
            })
            .any(|pair| !state.journal(service).knows(&state.cursor(pair.0, pair.1).head));
        if seen {
            Arc::make_mut(&mut state.witness).unreconciled.insert(service);
        }
        (seen || self.config.unseen).then_some(())
    }
}
