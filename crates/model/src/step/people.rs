//! People: who open the line, confirm, complete and abandon, and the two who release a hold. They tell the truth: nobody says
//! of a line that is open that nothing was given, and nobody signs a reconciliation while a hold of the gap is missing.

use std::sync::Arc;

use holdpoint_safety::domain as safe;
use safe::hold::HoldKind;
use safe::ids::HoldId;

use super::Step;
use crate::action::Action;
use crate::names::Service;
use crate::state::{Hearing, Of, State};
use crate::witness::Broken;

impl Step<'_> {
    pub(super) fn person(&mut self, action: &Action) -> Option<()> {
        let (Action::Open(at) | Action::Confirm(at) | Action::Complete(at) | Action::Abandon(at)) = action
        else {
            return None;
        };
        let device = self.state.devices.get(*at)?.clone();
        let Of::Dose(planned) = device.of else { return None };
        let dosing = Arc::make_mut(&mut self.state.dosing);
        let done = match action {
            Action::Open(_) => true,
            Action::Confirm(_) => dosing.confirm(planned),
            Action::Complete(_) => dosing.complete(planned),
            _ => dosing.abandon(planned),
        };
        if !done {
            return None;
        }
        let hearing = &mut self.state.devices[*at].hearing;
        match (action, device.hearing) {
            (Action::Open(_), Hearing::Acted(permit)) => {
                *hearing = Hearing::Opened(permit);
                *Arc::make_mut(&mut self.state.witness).opened.entry(device.of).or_default() += 1;
            }
            (Action::Complete(_), _) => *hearing = Hearing::Done,
            (Action::Abandon(_), Hearing::Acted(permit) | Hearing::Heard(permit, _)) => {
                *hearing = Hearing::Nothing;
                Arc::make_mut(&mut self.state.witness).acted.remove(&permit);
            }
            _ => {}
        }
        Some(())
    }

    pub(super) fn release(&mut self, hold: &HoldId) -> Option<()> {
        let reconciles = self.state.safety.holds.get(hold)?.kind == HoldKind::Reconciliation;
        if reconciles && !self.may_reconcile() {
            return None;
        }
        let mut expected = standing(&self.state);
        expected.retain(|other| other != hold);
        let reason = self.state.safety.holds.get(hold)?.reason.clone();
        self.state.safety(0, self.config.mutation, |safety| safety.release(hold))?;
        if standing(&self.state) != expected {
            self.broke(Broken::ReleaseOfOthers);
        }
        self.state.left.releases -= 1;
        if reconciles {
            let witness = Arc::make_mut(&mut self.state.witness);
            witness.unreconciled.retain(|service| !reason.starts_with(service.name()));
        }
        Some(())
    }

    /// Safety hears every peer, none of their rows is parked, and no hold of the gap is missing.
    fn may_reconcile(&mut self) -> bool {
        let mutation = self.config.mutation;
        let whole = [Service::Enrollment, Service::Dosing]
            .into_iter()
            .all(|peer| self.state.compare((Service::Safety, peer), 0, mutation));
        let safety = &self.state.safety;
        let missing = self.state.witness.standing.iter().any(|hold| !safety.holds.contains_key(hold));
        whole && !missing && !safety.cursors.values().any(|cursor| cursor.parked)
    }
}

fn standing(state: &State) -> Vec<HoldId> {
    state.safety.holds.values().filter(|hold| hold.stands()).map(|hold| hold.id.clone()).collect()
}
