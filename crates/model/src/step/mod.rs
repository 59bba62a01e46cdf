//! What each action does. `bedside` is the listener, `people` are those who speak, place and release, `handler` is a running
//! request in dosing or enrollment, `gate` is safety deciding an ask, `fault` is what goes wrong. Here: time, and the rest
//! that all of them share.

mod bedside;
mod fault;
mod gate;
mod handler;
mod people;

use std::sync::Arc;
use std::time::Duration;

use holdpoint::client::{NotHeard, judge};
use holdpoint_safety::domain::ids::PermitId;

use crate::action::Action;
use crate::config::Config;
use crate::mutation::Mutation;
use crate::names::{FORGOTTEN, LIFE, LIFE_LESS_MARGIN, LONG, TERMS, ticks};
use crate::state::{Device, Line, State};
use crate::witness::Broken;

/// The model at work: a state and its configuration.
pub struct Step<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The state.
    pub state: State,
}

impl Step<'_> {
    /// Does an action. None: it changes nothing or is not possible.
    pub fn take(mut self, action: &Action) -> Option<State> {
        let mutation = self.config.mutation;
        match action {
            Action::Tick => self.tick(),
            Action::Ask { device, after } => self.ask(*device, *after),
            Action::Hear(at) => self.hear(*at)?,
            Action::Acknowledge(device, answered) => self.acknowledge(*device, *answered)?,
            Action::Open(_) | Action::Confirm(_) | Action::Complete(_) | Action::Abandon(_) => {
                self.person(action)?;
            }
            Action::Place(wanted, instance) => {
                self.state.safety(*instance, mutation, |safety| safety.place_wanted(*wanted));
            }
            Action::Release(hold) => self.release(hold)?,
            Action::Arrive(at) => self.arrive(*at)?,
            Action::Take(call) => self.take_answer(*call)?,
            Action::Say(call) => self.say(*call)?,
            Action::Return(call) => self.give_back(*call)?,
            Action::GiveUp(call) => self.give_up(*call)?,
            Action::Unclaimed(permit, infusion) => self.unclaimed(permit, infusion)?,
            Action::Issue(call, instance) => self.issue(*call, *instance)?,
            Action::IssueAgain(call, instance) => self.issue_again(*call, *instance)?,
            Action::Settle(instance) => self.settle(*instance)?,
            Action::Show(instance) => self.show(*instance)?,
            Action::Follow(reader, source, instance) if self.config.in_batches => {
                self.state.catch_up((*reader, *source), None, *instance, mutation);
            }
            Action::Follow(reader, source, instance) => {
                self.state.follow_on((*reader, *source), *instance, mutation);
            }
            Action::Compare(reader, source, instance) => {
                self.state.compare((*reader, *source), *instance, mutation);
            }
            _ => self.fault(action)?,
        }
        Some(self.state)
    }

    fn mutated(&self, by: Mutation) -> bool {
        self.config.mutation == Some(by)
    }

    /// Each clock is counted as far as some rule can tell the difference.
    fn tick(&mut self) {
        fn count(age: &mut u8, most: u8) {
            *age = (*age + 1).min(most);
        }
        let state = &mut self.state;
        state.devices.iter_mut().for_each(|device| count(&mut device.age, LIFE));
        state.calls.iter_mut().for_each(|call| count(&mut call.age, LIFE_LESS_MARGIN));
        for instance in &mut state.instances {
            let clocks = instance.waiting.values_mut().chain(&mut instance.restored);
            clocks.chain([&mut instance.age]).for_each(|age| count(age, FORGOTTEN));
        }
        let witness = Arc::make_mut(&mut state.witness);
        witness.permits.values_mut().for_each(|permit| count(&mut permit.age, LIFE));
        witness.waiting.values_mut().for_each(|age| count(age, LONG));
        if let Line::Healed(since) = &mut state.line {
            count(since, 3);
        }
        self.forget_late_answers();
    }

    /// What a device makes of an answer to one of its attempts at this moment: the client library's own judgement.
    fn heard(device: &Device, attempt: u8) -> Result<(), NotHeard> {
        let attempts = (u32::from(attempt), u32::from(device.attempt));
        judge(attempts, Duration::ZERO, ticks(device.age), Duration::from_millis(TERMS.life_ms))
    }

    /// A `Go` that its listener would refuse now is refused for ever: it need not be kept on its way.
    fn forget_late_answers(&mut self) {
        if self.mutated(Mutation::LifeFromAnswer) {
            return;
        }
        let devices = &self.state.devices;
        self.state.going.retain(|go| Self::heard(&devices[go.device], go.attempt).is_ok());
    }

    /// Whether a hold that covers the permit was effective and is not released, whatever safety has forgotten.
    fn is_stopped(&self, permit: &PermitId) -> bool {
        let witness = &self.state.witness;
        witness.effective.iter().any(|hold| witness.covered.contains(&(hold.clone(), permit.clone())))
    }

    fn broke(&mut self, what: Broken) {
        Arc::make_mut(&mut self.state.witness).broken.insert(what);
    }
}
