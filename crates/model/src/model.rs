//! The model as the checker explores it: where it begins, what can happen in a state, and the properties of holds.md.

use holdpoint_safety::domain::ids::HoldId;
use stateright::{Model, Property};

use crate::action::Action;
use crate::config::Config;
use crate::names::Service;
use crate::path::{Path, paths};
use crate::property;
use crate::state::{Hearing, Line, Of, Stage, State};
use crate::step::Step;

/// One configuration under the checker.
#[derive(Clone, Debug)]
pub struct Holds {
    /// The configuration.
    pub config: Config,
    /// Properties that must be reached besides, by name.
    pub paths: Vec<Path>,
}

impl Holds {
    /// The model of a configuration; `paths` are the ones that it must reach.
    pub fn new(config: Config) -> Self {
        let paths = paths(&config);
        Self { config, paths }
    }

    fn bedside(&self, state: &State, actions: &mut Vec<Action>) {
        for (at, device) in state.devices.iter().enumerate() {
            let opened = state.witness.opened.get(&device.of).copied().unwrap_or(0) > 0;
            match &device.hearing {
                Hearing::Nothing | Hearing::Heard(..) if device.attempt < self.config.attempts => {
                    actions.push(Action::Ask { device: at, after: false });
                    let highest = state.highest_attempt(device.of);
                    if highest > device.attempt && highest <= self.config.attempts {
                        actions.push(Action::Ask { device: at, after: true });
                    }
                }
                _ => {}
            }
            match &device.hearing {
                Hearing::Heard(..) => {
                    actions.push(Action::Acknowledge(at, true));
                    actions.push(Action::Acknowledge(at, false));
                }
                Hearing::Acted(_) if self.config.given && matches!(device.of, Of::Dose(_)) => {
                    actions.push(Action::Open(at));
                }
                Hearing::Opened(_) => {
                    actions.push(Action::Confirm(at));
                    actions.push(Action::Complete(at));
                }
                _ => {}
            }
            if self.config.abandoned && device.attempt > 0 && !opened {
                actions.push(Action::Abandon(at));
            }
        }
    }

    fn calls(&self, state: &State, actions: &mut Vec<Action>) {
        for (at, call) in state.calls.iter().enumerate() {
            match &call.stage {
                Stage::Asked { answer, .. } => {
                    for instance in 0..state.instances.len() {
                        if answer.is_none() {
                            actions.push(Action::Issue(at, instance));
                        } else if self.config.copies > 1 {
                            actions.push(Action::IssueAgain(at, instance));
                        }
                    }
                    if answer.is_some() {
                        actions.push(Action::Take(at));
                    }
                    if !call.gone {
                        actions.push(Action::GiveUp(at));
                    }
                }
                Stage::Claimed(_) => actions.push(Action::Say(at)),
                Stage::Back(_) => actions.push(Action::Return(at)),
            }
            if state.left.crashes > 0 && !matches!(call.stage, Stage::Asked { .. }) {
                actions.push(Action::Crash(at));
            }
            if state.left.clocks > 0 && !call.boot_stands {
                actions.push(Action::StandBoot(at));
            }
        }
        for (permit, infusion) in state.dosing.unclaimed() {
            let planned = self.config.infusions();
            let known = planned.iter().find(|planned| planned.id == infusion.as_str());
            actions.extend(known.map(|planned| Action::Unclaimed(permit.as_str().into(), planned.id)));
        }
    }

    fn safety(&self, state: &State, actions: &mut Vec<Action>) {
        let waiting = state.safety.holds.values().any(|hold| hold.is_waiting());
        for instance in 0..state.instances.len() {
            for wanted in &self.config.holds {
                // A hold that safety has forgotten is placed again out of its peers' copies, not by the same person.
                let id = HoldId::from(wanted.id());
                if !state.witness.standing.contains(&id) && !state.witness.released.contains(&id) {
                    actions.push(Action::Place(*wanted, instance));
                }
            }
            if waiting {
                actions.push(Action::Settle(instance));
            }
            if !state.instances[instance].peers.silent().is_empty() {
                actions.push(Action::Show(instance));
            }
            if state.left.restarts > 0 {
                actions.push(Action::Restart(instance));
            }
            if state.left.clocks > 0 && waiting {
                actions.push(Action::StepWall(instance));
            }
        }
        if state.left.releases > 0 {
            let effective = state.safety.holds.values().filter(|hold| hold.stands() && !hold.is_waiting());
            actions.extend(effective.map(|hold| Action::Release(hold.id.clone())));
        }
    }

    fn journals(&self, state: &State, actions: &mut Vec<Action>) {
        if self.config.heals && state.line == Line::Any {
            actions.push(Action::Heal);
        }
        let restored = state.has_restored();
        for (reader, source) in self.config.readers() {
            let instances = if reader == Service::Safety { state.instances.len() } else { 1 };
            for instance in 0..instances {
                if state.is_behind(reader, source) {
                    actions.push(Action::Follow(reader, source, instance));
                }
                if restored {
                    actions.push(Action::Compare(reader, source, instance));
                }
            }
        }
    }

    fn faults(&self, state: &State, actions: &mut Vec<Action>) {
        if state.left.dosing_restarts > 0 {
            actions.push(Action::RestartDosing);
        }
        if state.left.moves > 0 {
            actions.push(Action::Move);
        }
        for service in &self.config.restores {
            if state.left.restores > 0 {
                let copied = state.has_copy(*service);
                actions.push(if copied { Action::Restore(*service) } else { Action::Copy(*service) });
            }
        }
    }

    /// Whether time may pass: not before every instance has looked at what is due, nor, once services hear each other
    /// again, before they have read each other.
    fn may_tick(&self, state: &State) -> bool {
        let waiting = state.safety.holds.values().any(|hold| hold.is_waiting());
        let step = || Step { config: &self.config, state: state.clone() };
        let due = |instance| waiting && step().take(&Action::Settle(instance)).is_some();
        if (0..state.instances.len()).any(due) {
            return false;
        }
        !matches!(state.line, Line::Healed(_))
            || !self.config.readers().iter().any(|(reader, source)| state.is_behind(*reader, *source))
    }
}

impl Model for Holds {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.config.start()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.bedside(state, actions);
        actions.extend((0..state.asking.len()).map(Action::Arrive));
        actions.extend((0..state.going.len()).map(Action::Hear));
        self.calls(state, actions);
        self.safety(state, actions);
        self.journals(state, actions);
        self.faults(state, actions);
        if self.may_tick(state) {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let step = Step { config: &self.config, state: state.clone() };
        let mutation = self.config.mutation;
        step.take(&action).map(|next| next.normal(mutation)).filter(|next| next != state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always("H1 said", |_, state: &State| property::nothing_said(state)),
            Property::always("H1 heard", |_, state: &State| property::nothing_heard(state)),
            Property::always("H2 listed", |_, state: &State| property::listed(state)),
            Property::always("H2 void", |_, state: &State| property::not_void(state)),
            Property::always("H3 life", |_, state: &State| property::within_life(state)),
            Property::always("H4 repeats", |_, state: &State| property::repeats_change_nothing(state)),
            Property::always("H5 release", |_, state: &State| property::one_release(state)),
            Property::always("H7 restored", |_, state: &State| property::restored_is_held(state)),
            Property::always("H8 bounded", |model: &Self, state: &State| {
                property::bounded(&model.config, state)
            }),
            Property::always("H9 agree", |_, state: &State| property::agree(state)),
            Property::always("H10 once", |_, state: &State| property::given_once(state)),
        ];
        all.extend(self.paths.iter().map(|path| Property::sometimes(path.name, path.reached)));
        all
    }
}
