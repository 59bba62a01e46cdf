//! What can happen next, and what it does. One action is one message that arrives, one transaction, one timer, one person's
//! act, one fault, or one tick of every clock.

use std::sync::Arc;

use holdpoint::client::judge;
use holdpoint_safety::domain as safe;
use safe::hold::Hold;
use safe::ids::{AskId, HoldId, Peer, PermitId};
use safe::peer::Compared;
use safe::permit::Ask;
use safe::scope::Activity;

use crate::config::Config;
use crate::dosing::Dosing;
use crate::enrollment::Enrollment;
use crate::journal::Event;
use crate::mutation::Mutation;
use crate::names::{LIFE, LIFE_LESS_MARGIN, LONG, Planned, Service, TERMS, TRIAL, Wanted, ticks};
use crate::peers::{READERS, covers};
use crate::safety::{Answer, Instance, No};
use crate::state::{Asking, Broken, Call, Going, Hearing, Line, Of, Stage, State, Witnessed};

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Every true clock moves on by one tick.
    Tick,
    /// A device asks in a further attempt; `after`: above every attempt of every device.
    Ask {
        /// The device.
        device: usize,
        /// It takes over from another.
        after: bool,
    },
    /// An ask arrives at its service.
    Arrive(usize),
    /// Safety decides the ask of a call, in one of its instances.
    Issue(usize, usize),
    /// The same ask arrives at safety again.
    IssueAgain(usize, usize),
    /// A handler waits no more for safety.
    GiveUp(usize),
    /// A handler takes safety's answer up: it claims, or voids and asks once more, or gives the permit back.
    Take(usize),
    /// A handler looks at its clocks again, and says `Go` or voids.
    Say(usize),
    /// A handler gives its permit back.
    Return(usize),
    /// A handler dies.
    Crash(usize),
    /// A `Go` arrives at its device.
    Hear(usize),
    /// A device's acknowledgement arrives; whether its answer comes back.
    Acknowledge(usize, bool),
    /// The line is opened.
    Open(usize),
    /// A person confirms the start.
    Confirm(usize),
    /// A person says that it is over.
    Complete(usize),
    /// A person states that nothing was given.
    Abandon(usize),
    /// Dosing's timer voids what a hold waits for and nobody claimed.
    Unclaimed(PermitId, &'static str),
    /// A hold is placed, in one of safety's instances.
    Place(Wanted, usize),
    /// The timer of one instance looks at waiting holds.
    Settle(usize),
    /// Two people release a hold.
    Release(HoldId),
    /// One row of another's journal is applied.
    Follow(Service, Service, usize),
    /// Two services compare their heads.
    Compare(Service, Service, usize),
    /// An instance of safety restarts.
    Restart(usize),
    /// Dosing restarts.
    RestartDosing,
    /// A copy of a database is taken.
    Copy(Service),
    /// A database is put back to its copy.
    Restore(Service),
    /// The first subject moves to the other site.
    Move,
    /// The services hear each other again.
    Heal,
    /// The wall clock of an instance of safety is stepped forward, far.
    StepWall(usize),
    /// The boot clock of a handler's machine stands still.
    StandBoot(usize),
}

/// The model at work: a state and its configuration.
pub struct Step<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The state.
    pub state: State,
}

impl Step<'_> {
    fn mutated(&self, by: Mutation) -> bool {
        self.config.mutation == Some(by)
    }

    /// Does an action. None: it changes nothing or is not possible.
    pub fn take(mut self, action: &Action) -> Option<State> {
        match action {
            Action::Tick => self.tick(),
            Action::Ask { device, after } => self.ask(*device, *after),
            Action::Arrive(at) => self.arrive(*at)?,
            Action::Issue(call, instance) => self.issue(*call, *instance)?,
            Action::IssueAgain(call, instance) => self.issue_again(*call, *instance)?,
            Action::GiveUp(call) => self.give_up(*call)?,
            Action::Take(call) => self.take_answer(*call)?,
            Action::Say(call) => self.say(*call)?,
            Action::Return(call) => self.give_back(*call)?,
            Action::Crash(call) => {
                self.state.calls.remove(*call);
                self.state.left.crashes -= 1;
            }
            Action::Hear(at) => self.hear(*at)?,
            Action::Acknowledge(device, answered) => self.acknowledge(*device, *answered)?,
            Action::Open(_) | Action::Confirm(_) | Action::Complete(_) | Action::Abandon(_) => {
                self.person(action)?
            }
            Action::Unclaimed(permit, infusion) => self.unclaimed(permit, infusion)?,
            Action::Place(wanted, instance) => {
                self.state.safety(*instance, self.config.mutation, |safety| safety.place_wanted(*wanted));
            }
            Action::Settle(instance) => self.settle(*instance)?,
            Action::Release(hold) => self.release(hold)?,
            Action::Follow(reader, source, instance) => {
                self.state.follow_on((*reader, *source), *instance, self.config.mutation);
            }
            Action::Compare(reader, source, instance) => {
                self.state.compare((*reader, *source), *instance, self.config.mutation);
            }
            _ => self.fault(action)?,
        }
        Some(self.state)
    }

    // ---- time

    fn tick(&mut self) {
        // Each clock is counted as far as some rule can tell the difference.
        fn count(age: &mut u8, most: u8) {
            *age = (*age + 1).min(most);
        }
        let on = |age: &mut u8| count(age, LONG);
        let state = &mut self.state;
        state.devices.iter_mut().for_each(|device| count(&mut device.age, LIFE));
        state.calls.iter_mut().for_each(|call| count(&mut call.age, LIFE_LESS_MARGIN));
        for instance in &mut state.instances {
            instance.waiting.values_mut().for_each(on);
            instance.restored.iter_mut().for_each(on);
        }
        let witness = Arc::make_mut(&mut state.witness);
        witness.permits.values_mut().for_each(|permit| count(&mut permit.age, LIFE));
        witness.waiting.values_mut().for_each(on);
        if let Line::Healed(since) = &mut state.line {
            count(since, 3);
        }
        self.forget_late_answers();
    }

    /// A `Go` that its listener would refuse now is refused for ever: it need not be kept on its way.
    fn forget_late_answers(&mut self) {
        if self.mutated(Mutation::LifeFromAnswer) {
            return;
        }
        let devices = &self.state.devices;
        let life = std::time::Duration::from_millis(TERMS.life_ms);
        self.state.going.retain(|go| {
            let device = &devices[go.device];
            let attempts = (u32::from(go.attempt), u32::from(device.attempt));
            judge(attempts, std::time::Duration::ZERO, ticks(device.age), life).is_ok()
        });
    }

    // ---- the bedside

    fn ask(&mut self, device: usize, after: bool) {
        let of = self.state.devices[device].of;
        let opened = self.state.witness.opened.get(&of).copied().unwrap_or(0) > 0;
        let same = self.state.devices.iter().filter(|other| other.of == of);
        let highest = same.map(|other| other.attempt).max().unwrap_or(0);
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

    fn hear(&mut self, at: usize) -> Option<()> {
        let go = self.state.going.remove(at);
        let device = self.state.devices.get_mut(go.device)?;
        let attempts = (u32::from(go.attempt), u32::from(device.attempt));
        if self.config.mutation == Some(Mutation::LifeFromAnswer) {
            device.age = 0;
        }
        let life = std::time::Duration::from_millis(TERMS.life_ms);
        judge(attempts, std::time::Duration::ZERO, ticks(device.age), life).ok()?;
        if device.hearing != Hearing::Nothing {
            return Some(());
        }
        let known = self.state.witness.permits.get(&go.permit);
        let broken = match known.is_some_and(|known| ticks(known.age).as_millis() >= life.as_millis()) {
            true => Some(Broken::HeardAfterLife),
            false => self.is_stopped(&go.permit).then_some(Broken::HeardAfterEffective),
        };
        self.state.devices[go.device].hearing = Hearing::Heard(go.permit, broken);
        Some(())
    }

    fn acknowledge(&mut self, at: usize, answered: bool) -> Option<()> {
        let device = self.state.devices.get(at)?.clone();
        let Hearing::Heard(permit, broken) = device.hearing else { return None };
        let (taken, again) = match device.of {
            Of::Dose(planned) => {
                let dosing = Arc::make_mut(&mut self.state.dosing);
                let id = permit.as_str().into();
                let taken = dosing.acknowledge(planned, &id);
                let before = dosing.clone();
                (taken, dosing.acknowledge(planned, &id) == taken && *dosing == before)
            }
            Of::Arm(subject) => {
                let enrollment = Arc::make_mut(&mut self.state.enrollment);
                let taken = enrollment.acknowledge(subject, permit.as_str());
                let before = enrollment.clone();
                let same = enrollment.acknowledge(subject, permit.as_str()) == taken;
                (taken, same && *enrollment == before)
            }
        };
        if !again {
            self.broke(Broken::RepeatChanged);
        }
        if !answered {
            return taken.then_some(());
        }
        let attempt = u32::from(device.attempt);
        let life = std::time::Duration::from_millis(TERMS.life_ms);
        let valid =
            judge((attempt, attempt), std::time::Duration::ZERO, ticks(device.age), life).is_ok() && taken;
        self.state.devices[at].hearing =
            if valid { Hearing::Acted(permit.clone()) } else { Hearing::Nothing };
        if valid {
            broken.into_iter().for_each(|what| self.broke(what));
            Arc::make_mut(&mut self.state.witness).acted.insert(permit);
        }
        Some(())
    }

    /// Whether a hold that covers the permit was effective and is not released, whatever safety has forgotten.
    fn is_stopped(&self, permit: &PermitId) -> bool {
        let witness = &self.state.witness;
        witness.effective.iter().any(|hold| witness.covered.contains(&(hold.clone(), permit.clone())))
    }

    /// Whether an acknowledgement of the permit's `Go` would be taken: it was not voided by a statement meanwhile.
    fn stands_claimed(&self, permit: &PermitId) -> bool {
        let infusions = self.state.dosing.infusions.values();
        infusions
            .filter_map(|infusion| infusion.claimed())
            .any(|claim| claim.permit.as_str() == permit.as_str())
            || self
                .state
                .enrollment
                .subjects
                .values()
                .filter_map(|subject| subject.starting())
                .any(|(claimed, _)| claimed.as_str() == permit.as_str())
    }

    fn broke(&mut self, what: Broken) {
        Arc::make_mut(&mut self.state.witness).broken.insert(what);
    }

    fn person(&mut self, action: &Action) -> Option<()> {
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

    // ---- the asked service

    fn arrive(&mut self, at: usize) -> Option<()> {
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

    fn take_answer(&mut self, at: usize) -> Option<()> {
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
            Err(No::Earlier { permit, infusion, begun }) if !second => {
                let voided = match of {
                    Of::Dose(planned) => {
                        infusion.as_deref() == Some(planned.id)
                            && !begun
                            && Arc::make_mut(&mut self.state.dosing).void_unclaimed(
                                planned,
                                &permit.as_str().into(),
                                call.stated,
                            )
                    }
                    Of::Arm(subject) => Arc::make_mut(&mut self.state.enrollment).void_unclaimed(
                        subject,
                        permit.as_str(),
                        call.stated,
                    ),
                };
                voided.then(|| self.fresh_ask(of, true))
            }
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

    /// Enrollment compares the head that came with the permit, and stops itself where it lacks the row.
    fn enrollment_is_whole(&mut self, seen: &holdpoint_journal::Head) -> bool {
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

    fn say(&mut self, at: usize) -> Option<()> {
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

    fn said(&mut self, go: Going) {
        if self.is_stopped(&go.permit) && self.stands_claimed(&go.permit) {
            self.broke(Broken::SaidAfterEffective);
        }
        self.state.going.push(go);
        self.forget_late_answers();
    }

    fn give_back(&mut self, at: usize) -> Option<()> {
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

    fn unclaimed(&mut self, permit: &PermitId, infusion: &str) -> Option<()> {
        let planned: Planned = self.config.infusions().into_iter().find(|one| one.id == infusion)?;
        if !self.state.compare((Service::Dosing, Service::Safety), 0, self.config.mutation) {
            return Some(());
        }
        Arc::make_mut(&mut self.state.dosing).void_unclaimed(planned, &permit.as_str().into(), false);
        Some(())
    }

    /// No answer in time, or dead before one: what was asked may still arrive.
    fn give_up(&mut self, at: usize) -> Option<()> {
        let call = self.state.calls.get_mut(at)?;
        call.gone = true;
        if matches!(call.stage, Stage::Asked { answer: Some(_), .. }) {
            self.state.calls.remove(at);
        }
        Some(())
    }

    // ---- safety

    fn issue(&mut self, at: usize, instance: usize) -> Option<()> {
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

    fn issue_again(&mut self, at: usize, instance: usize) -> Option<()> {
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
        let (asker, mutation) = (of.service(), self.config.mutation);
        let permit = match self.may_decide(asker, (mine, yours), instance) {
            None => Err(No::Refused),
            Some(()) => {
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
                self.state.safety(instance, mutation, |safety| safety.decide(asked))
            }
        };
        if let Ok(permit) = &permit {
            self.issued(permit, (of, activity, placement));
        }
        let yours = self.state.cursor(Service::Safety, asker).head;
        Some(Answer { permit, mine: self.state.safety.journal.head(), yours })
    }

    fn may_decide(
        &mut self,
        asker: Service,
        (mine, yours): (holdpoint_journal::Head, holdpoint_journal::Head),
        instance: usize,
    ) -> Option<()> {
        let mutation = self.config.mutation;
        if !self.state.safety(instance, mutation, |safety| safety.is_whole(&yours)) {
            return None;
        }
        self.state.catch_up((Service::Safety, asker), Some(mine), instance, mutation);
        if mutation != Some(Mutation::NoHeadComparison) {
            let seen = self.state.cursor(Service::Safety, asker).has_seen(&mine);
            match self.state.safety(instance, mutation, |safety| safety.asker_agrees(asker, &mine)) {
                Compared::Continues => {}
                Compared::WentBack if !seen => {
                    self.state.safety(instance, mutation, |safety| safety.peer_went_back(asker));
                    return None;
                }
                Compared::WentBack => {
                    self.state.compare((Service::Safety, asker), instance, mutation).then_some(())?;
                }
            }
        }
        self.state.instances[instance].peers.shown(Peer::from(asker.name()));
        for peer in [Service::Enrollment, Service::Dosing] {
            let silent = self.state.instances[instance].peers.silent().contains(&&Peer::from(peer.name()));
            if silent {
                self.state.compare((Service::Safety, peer), instance, mutation).then_some(())?;
                self.state.instances[instance].peers.shown(Peer::from(peer.name()));
            }
        }
        let parked = self.state.safety.cursors.values().any(|cursor| cursor.parked);
        (!parked).then_some(())
    }

    fn issued(
        &mut self,
        permit: &PermitId,
        (of, activity, placement): (Of, Activity, safe::scope::Placement),
    ) {
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

    fn settle(&mut self, instance: usize) -> Option<()> {
        let before = (self.state.safety.clone(), self.state.instances.clone());
        self.state.safety(instance, self.config.mutation, |safety| safety.settle());
        (before != (self.state.safety.clone(), self.state.instances.clone())).then_some(())
    }

    fn release(&mut self, hold: &HoldId) -> Option<()> {
        let reconciles = self.state.safety.holds.get(hold)?.kind == safe::hold::HoldKind::Reconciliation;
        let mutation = self.config.mutation;
        if reconciles {
            for peer in [Service::Enrollment, Service::Dosing] {
                self.state.compare((Service::Safety, peer), 0, mutation).then_some(())?;
            }
            let all = self.state.safety.holds.keys().cloned().collect();
            // Truthful people sign only when no hold of the gap is missing.
            let missing = self.state.witness.standing.difference(&all).next().is_some();
            if missing || self.state.safety.cursors.values().any(|cursor| cursor.parked) {
                return None;
            }
        }
        let standing = |state: &State| -> Vec<HoldId> {
            state.safety.holds.values().filter(|hold| hold.stands()).map(|hold| hold.id.clone()).collect()
        };
        let mut expected = standing(&self.state);
        expected.retain(|other| other != hold);
        let reason = self.state.safety.holds.get(hold)?.reason.clone();
        self.state.safety(0, mutation, |safety| safety.release(hold))?;
        if standing(&self.state) != expected {
            self.broke(Broken::ReleaseOfOthers);
        }
        self.state.left.releases -= 1;
        let witness = Arc::make_mut(&mut self.state.witness);
        if reconciles {
            witness.unreconciled.retain(|service| !reason.starts_with(service.name()));
        }
        Some(())
    }

    // ---- faults

    fn fault(&mut self, action: &Action) -> Option<()> {
        let state = &mut self.state;
        match action {
            Action::Restart(instance) => {
                state.left.restarts -= 1;
                *state.instances.get_mut(*instance)? = Instance::new();
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
                // An ask that was on its way to a process that is gone never arrives.
                let asks = |call: &Call| matches!(call.stage, Stage::Asked { answer: None, .. });
                state.calls.retain(|call| !asks(call));
                Arc::make_mut(&mut state.safety).journal.restores += 1;
                state.instances.iter_mut().for_each(|instance| *instance = Instance::new());
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
