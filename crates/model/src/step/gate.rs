//! Safety's gate: what it answers to one ask. Both journals are compared and read first, in steps of their own; then one
//! transaction decides, and the witness notes what it gave.

use std::sync::Arc;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::hold::Hold;
use safe::ids::{AskId, HoldId, Peer, PermitId};
use safe::peer::Compared;
use safe::permit::Ask;
use safe::scope::{Activity, Placement};

use super::Step;
use crate::mutation::Mutation;
use crate::names::{Service, TRIAL};
use crate::peers::covers;
use crate::safety::{Answer, No};
use crate::state::{Call, Of, Stage};
use crate::witness::{Broken, Witnessed};

impl Step<'_> {
    pub(super) fn issue(&mut self, at: usize, instance: usize) -> Option<()> {
        let call = self.state.calls.get(at)?.clone();
        let answer = self.answer(&call, instance)?;
        if call.gone {
            self.state.calls.remove(at);
            return Some(());
        }
        if let Stage::Asked { answer: room, .. } = &mut self.state.calls.get_mut(at)?.stage {
            *room = Some(Box::new(answer));
        }
        Some(())
    }

    pub(super) fn issue_again(&mut self, at: usize, instance: usize) -> Option<()> {
        let call = self.state.calls.get(at)?.clone();
        let answer = self.answer(&call, instance)?;
        let Stage::Asked { answer: Some(first), .. } = call.stage else { return None };
        if first.permit.is_ok() && answer.permit.is_ok() {
            self.broke(Broken::RepeatChanged);
        }
        Some(())
    }

    /// What safety answers to the ask of a call: both journals first, then the transaction that decides.
    fn answer(&mut self, call: &Call, instance: usize) -> Option<Answer> {
        let Stage::Asked { ask, activity, placement, mine, yours, .. } = call.stage.clone() else {
            return None;
        };
        let of = self.state.devices[call.device].of;
        let asker = of.service();
        let permit = if self.may_decide(asker, (mine, yours), instance) {
            let (infusion, number) = match of {
                Of::Dose(planned) => (Some(planned.id.into()), planned.number),
                Of::Arm(_) => (None, 0),
            };
            let asked = Ask {
                ask: AskId::from(format!("a{ask}")),
                trial: TRIAL.into(),
                activity,
                placement: placement.clone(),
                infusion,
                number,
                attempt: call.attempt.into(),
            };
            self.state.safety(instance, self.config.mutation, |safety| safety.decide(asked))
        } else {
            Err(No::Refused)
        };
        if let Ok(permit) = &permit {
            self.issued(permit, (of, activity, placement));
        }
        let yours = self.state.cursor(Service::Safety, asker).head;
        Some(Answer { permit, mine: self.state.safety.journal.head(), yours })
    }

    /// Whether both journals are whole and read, so that the transaction decides on all that the asker knows.
    fn may_decide(&mut self, asker: Service, (mine, yours): (Head, Head), instance: usize) -> bool {
        let mutation = self.config.mutation;
        if !self.state.safety(instance, mutation, |safety| safety.is_whole(&yours)) {
            return false;
        }
        self.state.catch_up((Service::Safety, asker), Some(mine), instance, mutation);
        let whole =
            mutation == Some(Mutation::NoHeadComparison) || self.asker_is_whole(asker, mine, instance);
        whole && self.all_shown(instance) && !self.state.safety.cursors.values().any(|cursor| cursor.parked)
    }

    /// The asker may have been overtaken by its own journal; only its head of this moment tells.
    fn asker_is_whole(&mut self, asker: Service, mine: Head, instance: usize) -> bool {
        let mutation = self.config.mutation;
        let seen = self.state.cursor(Service::Safety, asker).has_seen(&mine);
        match self.state.safety(instance, mutation, |safety| safety.asker_agrees(asker, &mine)) {
            Compared::Continues => true,
            Compared::WentBack if seen => self.state.compare((Service::Safety, asker), instance, mutation),
            Compared::WentBack => {
                self.state.safety(instance, mutation, |safety| safety.peer_went_back(asker));
                false
            }
        }
    }

    /// An instance that began hears the heads of each peer once. False: safety lacks a row that one of them has seen.
    fn all_shown(&mut self, instance: usize) -> bool {
        [Service::Enrollment, Service::Dosing].into_iter().all(|service| {
            let peer = Peer::from(service.name());
            if !self.state.instances[instance].peers.silent().contains(&&peer) {
                return true;
            }
            let whole = self.state.compare((Service::Safety, service), instance, self.config.mutation);
            if whole {
                self.state.instances[instance].peers.shown(peer);
            }
            whole
        })
    }

    /// The timer that asks for what was not shown yet.
    pub(super) fn show(&mut self, instance: usize) -> Option<()> {
        if self.state.instances.get(instance)?.peers.silent().is_empty() {
            return None;
        }
        self.all_shown(instance);
        Some(())
    }

    /// The timer that looks at waiting holds.
    pub(super) fn settle(&mut self, instance: usize) -> Option<()> {
        let before = (self.state.safety.clone(), self.state.instances.clone());
        self.state.safety(instance, self.config.mutation, |safety| safety.settle());
        (before != (self.state.safety.clone(), self.state.instances.clone())).then_some(())
    }

    fn issued(&mut self, permit: &PermitId, (of, activity, placement): (Of, Activity, Placement)) {
        let lost = &self.state.witness.unreconciled;
        if lost.contains(&Service::Safety) || lost.contains(&of.service()) {
            self.broke(Broken::OpenAfterRestore);
        }
        let own = self.state.safety.subjects.get(&placement.subject);
        let standing = self.state.safety.holds.values().filter(|hold| hold.stands());
        let covering: Vec<HoldId> = standing
            .filter(|hold: &&Hold| covers(hold, activity, &placement, own))
            .map(|hold| hold.id.clone())
            .collect();
        let witness = Arc::make_mut(&mut self.state.witness);
        let known = Witnessed { of, activity, placement, age: 0 };
        witness.permits.entry(permit.clone()).or_insert(known);
        witness.covered.extend(covering.into_iter().map(|hold| (hold, permit.clone())));
        // What safety has forgotten still covers.
        let forgotten: Vec<HoldId> = witness
            .standing
            .iter()
            .filter(|hold| !self.state.safety.holds.contains_key(*hold))
            .cloned()
            .collect();
        witness.covered.extend(forgotten.into_iter().map(|hold| (hold, permit.clone())));
    }
}
