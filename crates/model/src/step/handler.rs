//! A handler: one request that runs in dosing or in enrollment, from its arrival to its `Go`. Each step is one transaction
//! or one message; between any two of them it can die. Several run at once: that is what several instances of dosing are, for
//! all that they share is the database.

use std::sync::Arc;

use holdpoint_journal::Head;
use holdpoint_safety::domain::ids::PermitId;
use holdpoint_safety::domain::scope::Activity;

use super::Step;
use crate::dosing::Dosing;
use crate::enrollment::Enrollment;
use crate::mutation::Mutation;
use crate::names::{Planned, Service};
use crate::safety::No;
use crate::state::{Asking, Call, Going, Of, Stage};
use crate::witness::Broken;

impl Step<'_> {
    pub(super) fn arrive(&mut self, at: usize) -> Option<()> {
        let asking = self.state.asking.get_mut(at)?;
        asking.copies -= 1;
        let Asking { device, attempt, stated, copies } = asking.clone();
        if copies == 0 {
            self.state.asking.remove(at);
        }
        let of = self.state.devices[device].of;
        if let Of::Dose(planned) = of
            && let Some(kept) = self.state.dosing.kept.get(&(planned.id.into(), u32::from(attempt)))
        {
            let permit = PermitId::from(kept.as_str());
            self.said(Going { device, attempt, permit });
            return Some(());
        }
        let stage = self.begin(of, attempt, stated);
        if let Some(stage) = stage {
            let call = Call { device, attempt, stated, age: 0, boot_stands: false, gone: false, stage };
            self.state.calls.push(call);
        }
        Some(())
    }

    fn begin(&mut self, of: Of, attempt: u8, stated: bool) -> Option<Stage> {
        match of {
            Of::Dose(planned) => {
                Arc::make_mut(&mut self.state.dosing).judge(planned, attempt.into(), stated)?;
            }
            Of::Arm(subject) => {
                Arc::make_mut(&mut self.state.enrollment).judge(subject, attempt.into(), stated)?;
            }
        }
        Some(self.fresh_ask(of, false))
    }

    fn fresh_ask(&mut self, of: Of, second: bool) -> Stage {
        let witness = Arc::make_mut(&mut self.state.witness);
        witness.asks += 1;
        let ask = witness.asks;
        let (activity, placement, mine, yours) = match of {
            Of::Dose(planned) => {
                let may = self.state.dosing.may(planned);
                (may.activity, may.placement, may.mine, may.yours)
            }
            Of::Arm(subject) => {
                let enrollment = &self.state.enrollment;
                let (mine, yours) = (enrollment.journal.head(), enrollment.cursor.head);
                (Activity::Randomization, enrollment.placement(subject), mine, yours)
            }
        };
        Stage::Asked { ask, activity, placement, mine, yours, answer: None, second }
    }

    pub(super) fn take_answer(&mut self, at: usize) -> Option<()> {
        let call = self.state.calls.get(at)?.clone();
        let Stage::Asked { yours, answer: Some(answer), second, .. } = call.stage else { return None };
        let of = self.state.devices[call.device].of;
        let stage = match answer.permit {
            Ok(permit) => {
                let agrees = match of {
                    Of::Dose(_) if self.mutated(Mutation::NoHeadComparison) => true,
                    Of::Dose(_) => self.state.dosing.agrees(&answer.mine, &yours, &answer.yours),
                    Of::Arm(_) => self.enrollment_is_whole(&answer.yours),
                };
                let claimed = agrees && self.claim(of, &permit, call.attempt);
                Some(if claimed { Stage::Claimed(permit) } else { Stage::Back(permit) })
            }
            Err(no) if !second && self.void_earlier(of, &no, call.stated) => Some(self.fresh_ask(of, true)),
            Err(_) => None,
        };
        match stage {
            Some(stage) => {
                let call = self.state.calls.get_mut(at)?;
                // The mark is taken before anything of a fresh ask happens.
                call.age = if matches!(stage, Stage::Asked { .. }) { 0 } else { call.age };
                call.stage = stage;
            }
            None => drop(self.state.calls.remove(at)),
        }
        Some(())
    }

    /// Voids the earlier permit that safety names, where it is of this very infusion and was never claimed.
    fn void_earlier(&mut self, of: Of, no: &No, stated: bool) -> bool {
        let No::Earlier { permit, infusion, begun } = no else { return false };
        match of {
            Of::Dose(planned) if infusion.as_deref() != Some(planned.id) || *begun => false,
            Of::Dose(planned) => {
                let dosing = Arc::make_mut(&mut self.state.dosing);
                dosing.void_unclaimed(planned, &permit.as_str().into(), stated)
            }
            Of::Arm(subject) => {
                let enrollment = Arc::make_mut(&mut self.state.enrollment);
                enrollment.void_unclaimed(subject, permit.as_str(), stated)
            }
        }
    }

    /// Enrollment compares the head that came with the permit, and stops itself where it lacks the row.
    fn enrollment_is_whole(&mut self, seen: &Head) -> bool {
        if !self.state.enrollment.journal.knows(seen) {
            self.state.went_back(Service::Enrollment, *seen, 0, self.config.mutation);
        }
        true
    }

    fn claim(&mut self, of: Of, permit: &PermitId, attempt: u8) -> bool {
        match of {
            Of::Dose(planned) => {
                let (permit, mutation) = (permit.as_str().into(), self.config.mutation);
                Arc::make_mut(&mut self.state.dosing).claim(planned, &permit, attempt.into(), mutation)
            }
            Of::Arm(subject) => Arc::make_mut(&mut self.state.enrollment)
                .claim(subject, permit.as_str(), attempt.into())
                .is_some(),
        }
    }

    pub(super) fn say(&mut self, at: usize) -> Option<()> {
        let call = self.state.calls.get(at)?.clone();
        let Stage::Claimed(permit) = call.stage else { return None };
        let of = self.state.devices[call.device].of;
        let boot_only = self.mutated(Mutation::BootClockForGo) && call.boot_stands;
        let elapsed = if boot_only { 0 } else { call.age };
        let alive = match of {
            _ if self.mutated(Mutation::NoSecondLook) => true,
            Of::Dose(_) => Dosing::may_say_go(&permit.as_str().into(), call.attempt.into(), elapsed),
            Of::Arm(_) => Enrollment::may_show(elapsed),
        };
        if !alive {
            self.state.calls.get_mut(at)?.stage = Stage::Back(permit);
            return Some(());
        }
        self.state.calls.remove(at);
        if let (Of::Dose(planned), true) = (of, self.mutated(Mutation::GoKept)) {
            let key = (planned.id.into(), u32::from(call.attempt));
            Arc::make_mut(&mut self.state.dosing).kept.insert(key, permit.as_str().into());
        }
        self.said(Going { device: call.device, attempt: call.attempt, permit });
        Some(())
    }

    /// Whether an acknowledgement of the permit's `Go` would be taken: it was not voided by a statement meanwhile.
    fn stands_claimed(&self, permit: &PermitId) -> bool {
        let (dosing, enrollment) = (&self.state.dosing, &self.state.enrollment);
        let doses = dosing.infusions.values().filter_map(|infusion| infusion.claimed());
        let arms = enrollment.subjects.values().filter_map(|subject| subject.starting());
        doses.into_iter().any(|claim| claim.permit.as_str() == permit.as_str())
            || arms.into_iter().any(|(claimed, _)| claimed.as_str() == permit.as_str())
    }

    fn said(&mut self, go: Going) {
        if self.is_stopped(&go.permit) && self.stands_claimed(&go.permit) {
            self.broke(Broken::SaidAfterEffective);
        }
        self.state.going.push(go);
        self.forget_late_answers();
    }

    pub(super) fn give_back(&mut self, at: usize) -> Option<()> {
        let call = self.state.calls.remove(at);
        let Stage::Back(permit) = call.stage else { return None };
        match self.state.devices[call.device].of {
            Of::Dose(planned) => {
                Arc::make_mut(&mut self.state.dosing).give_back(planned, &permit.as_str().into());
            }
            Of::Arm(subject) => {
                let _ = Arc::make_mut(&mut self.state.enrollment).give_back(subject, permit.as_str());
            }
        }
        Some(())
    }

    pub(super) fn unclaimed(&mut self, permit: &PermitId, infusion: &str) -> Option<()> {
        let planned: Planned = self.config.infusions().into_iter().find(|one| one.id == infusion)?;
        if !self.state.compare((Service::Dosing, Service::Safety), 0, self.config.mutation) {
            return Some(());
        }
        Arc::make_mut(&mut self.state.dosing).void_unclaimed(planned, &permit.as_str().into(), false);
        Some(())
    }

    /// No answer in time, or dead before one: what was asked may still arrive.
    pub(super) fn give_up(&mut self, at: usize) -> Option<()> {
        let call = self.state.calls.get_mut(at)?;
        call.gone = true;
        if matches!(call.stage, Stage::Asked { answer: Some(_), .. }) {
            self.state.calls.remove(at);
        }
        Some(())
    }
}
