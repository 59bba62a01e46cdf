//! The properties of holds.md as they are checked in every state: H1 to H5 and H7 to H10 always, and of H11 the paths that a
//! configuration must reach, so that it is not empty. (H6 is one transaction here: it is tested on the running system.)

use holdpoint_dosing::domain as dose;
use holdpoint_safety::domain as safe;
use safe::effective::How;
use safe::hold::{Hold, HoldState};
use safe::permit::{PermitState, Progress};

use crate::config::Config;
use crate::model::Holds;
use crate::names::Service;
use crate::peers::READERS;
use crate::state::{Broken, Hearing, Line, Of, Stage, State};

fn unbroken(state: &State, what: Broken) -> bool {
    !state.witness.broken.contains(&what)
}

/// H1: no `Go` was said after a hold that covers it was effective.
pub fn nothing_said(state: &State) -> bool {
    unbroken(state, Broken::SaidAfterEffective)
}

/// H1: no valid `Go` was heard after a hold that covers it was effective.
pub fn nothing_heard(state: &State) -> bool {
    unbroken(state, Broken::HeardAfterEffective)
}

/// H2: every `Go` that was heard, whose infusion is not over, stands on the list of each effective hold that covers it. A
/// restored safety lists what it has forgotten as soon as it has read of it.
pub fn listed(state: &State) -> bool {
    let effective =
        state.safety.holds.values().filter(|hold| matches!(hold.state, HoldState::Effective { .. }));
    effective.into_iter().all(|hold| {
        state.witness.acted.iter().all(|permit| {
            let covered = state.witness.covered.contains(&(hold.id.clone(), permit.clone()));
            let listed = hold.in_flight.iter().any(|known| known.permit == *permit);
            !covered || listed || is_over(state, permit) || is_unread(state, permit)
        })
    })
}

fn is_over(state: &State, permit: &safe::ids::PermitId) -> bool {
    let completed = |infusion: &dose::infusion::Infusion| {
        infusion.state_word() == "completed"
            && infusion.claimed().is_some_and(|claim| claim.permit.as_str() == permit.as_str())
    };
    let done = state.dosing.infusions.values().any(completed)
        || state.devices.iter().any(|device| device.hearing == Hearing::Done);
    match state.witness.permits.get(permit).map(|known| known.of) {
        // An allocation is over when it was heard.
        Some(Of::Arm(_)) | None => true,
        Some(Of::Dose(_)) => done,
    }
}

/// Safety has forgotten the permit and not read of it yet.
fn is_unread(state: &State, permit: &safe::ids::PermitId) -> bool {
    let parked = state.safety.cursors.values().any(|cursor| cursor.parked);
    let behind = READERS[..2].iter().any(|(reader, source)| state.is_behind(*reader, *source));
    !state.safety.permits.contains_key(permit) && behind && !parked
}

/// H2: a `Go` that was heard is recorded as void by a person's statement alone.
pub fn not_void(state: &State) -> bool {
    state.witness.acted.iter().all(|permit| {
        let kept = state.safety.permits.get(permit);
        let fate = state.dosing.fates.get(&dose::ids::PermitId::from(permit.as_str()));
        !kept.is_some_and(|permit| permit.state == PermitState::Void { stated: false })
            && fate != Some(&dose::fate::Fate::Void)
    })
}

/// H3: no `Go` was heard later than a life after its permit's issue, so none long after safety fell silent.
pub fn within_life(state: &State) -> bool {
    unbroken(state, Broken::HeardAfterLife)
}

/// H4: no repeat changed anything.
pub fn repeats_change_nothing(state: &State) -> bool {
    unbroken(state, Broken::RepeatChanged)
}

/// H5: a release took away one hold.
pub fn one_release(state: &State) -> bool {
    unbroken(state, Broken::ReleaseOfOthers)
}

/// H7: a service that lost rows which a peer has seen ends held: no permit by it or for it before people reconciled it.
pub fn restored_is_held(state: &State) -> bool {
    unbroken(state, Broken::OpenAfterRestore)
}

/// H8: no hold waits longer than life and margin since it was placed, or since safety's instance last began; after a
/// restore, than the longest life and margin.
pub fn bounded(state: &State) -> bool {
    let restored = READERS.iter().any(|(_, source)| state.journal(*source).restores > 0);
    let most = if restored { 4 } else { 3 };
    state.witness.waiting.values().all(|waited| *waited <= most)
}

/// H9: one tick, 10 seconds, after the services hear each other again, each has read all of the others' journals (time does
/// not pass before), and they agree on the holds. A row that could not be applied shows here.
pub fn agree(state: &State) -> bool {
    let reading = READERS.iter().any(|(reader, source)| state.is_behind(*reader, *source));
    if !matches!(state.line, Line::Healed(1..)) || reading {
        return true;
    }
    state.safety.holds.values().all(|hold| {
        let dosing =
            state.dosing.holds.get(&dose::ids::HoldId::from(hold.id.as_str())).map(|copy| copy.state);
        let enrollment = state.enrollment.holds.get(&hold.id).map(|copy| copy.state);
        use dose::hold::HoldState as D;
        use holdpoint_enrollment::domain::hold::HoldState as E;
        let (d, e) = match hold.state {
            HoldState::Placed => (D::Placed, E::Placed),
            HoldState::Effective { .. } => (D::Effective, E::Effective),
            HoldState::Released { .. } => (D::Released, E::Released),
        };
        dosing == Some(d) && enrollment == Some(e)
    })
}

/// H10: no line of one infusion number was opened twice.
pub fn given_once(state: &State) -> bool {
    state.witness.opened.values().all(|times| *times <= 1)
}

/// A path that must be reached.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// Its name.
    pub name: &'static str,
    /// Whether a state has reached it.
    pub reached: fn(&Holds, &State) -> bool,
}

fn effective(state: &State, how: How) -> impl Iterator<Item = &Hold> {
    state.safety.holds.values().filter(move |hold| match &hold.state {
        HoldState::Effective { since, .. } => since.how == how,
        _ => false,
    })
}

fn listed_permit(state: &State, hold: &Hold, such: impl Fn(&safe::permit::Permit) -> bool) -> bool {
    hold.in_flight
        .iter()
        .filter(|known| !known.settled)
        .any(|known| state.safety.permits.get(&known.permit).is_some_and(&such))
}

fn settled_void(state: &State, claimed: bool) -> bool {
    effective(state, How::Settled).any(|hold| {
        listed_permit(state, hold, |permit| {
            permit.is_void() && (permit.progress != Progress::NotBegun) == claimed
        })
    })
}

const AT_ONCE: Path = Path {
    name: "H11 effective at once",
    reached: |_, state| effective(state, How::AtOnce).next().is_some(),
};
const BY_HEARING: Path = Path {
    name: "H11 effective by acknowledgement",
    reached: |_, state| {
        effective(state, How::Settled)
            .any(|hold| listed_permit(state, hold, |permit| permit.state == PermitState::Heard))
    },
};
const BY_RETURN: Path =
    Path { name: "H11 effective by return", reached: |_, state| settled_void(state, false) };
const BY_VOID: Path = Path { name: "H11 effective by void", reached: |_, state| settled_void(state, true) };
const BY_LIFE: Path = Path {
    name: "H11 effective by life",
    reached: |_, state| effective(state, How::LifeOver).next().is_some(),
};
const ACTED: Path = Path { name: "H11 a Go is heard", reached: |_, state| !state.witness.acted.is_empty() };
const CRASHED_CLAIMED: Path = Path {
    name: "H11 crash after the claim",
    reached: |model, state| {
        let claimed = state.dosing.infusions.values().any(|infusion| infusion.claimed().is_some())
            || state.enrollment.subjects.values().any(|subject| subject.starting().is_some());
        claimed
            && state.left.crashes < model.config.left.crashes
            && state.calls.is_empty()
            && state.going.is_empty()
            && state.witness.acted.is_empty()
    },
};
const CRASHED_ISSUED: Path = Path {
    name: "H11 crash after the issue",
    reached: |_, state| {
        !state.safety.permits.is_empty()
            && state.calls.is_empty()
            && state.dosing.fates.is_empty()
            && state.enrollment.fates.is_empty()
    },
};
const CRASHED_BACK: Path = Path {
    name: "H11 crash before the give-back",
    reached: |_, state| state.calls.iter().any(|call| matches!(call.stage, Stage::Back(_))),
};
const TWO_HOLDS: Path = Path {
    name: "H11 two holds",
    reached: |_, state| state.safety.holds.values().filter(|hold| hold.stands()).count() > 1,
};
const RELEASE_AND_HOLD: Path = Path {
    name: "H11 a hold is placed while another is released",
    reached: |_, state| {
        state.safety.holds.values().any(|hold| !hold.stands())
            && state.safety.holds.values().any(Hold::is_waiting)
    },
};
const GIVEN: Path =
    Path { name: "H11 the line is opened", reached: |_, state| !state.witness.opened.is_empty() };
const RECONCILED: Path = Path {
    name: "H11 a restored service is held, reconciled, and goes on",
    reached: |_, state| {
        READERS.iter().any(|(_, source)| state.journal(*source).restores > 0)
            && state.safety.holds.values().any(|hold| {
                matches!(hold.state, HoldState::Released { .. })
                    && hold.kind == safe::hold::HoldKind::Reconciliation
            })
    },
};
const ADOPTED: Path = Path {
    name: "H11 a forgotten permit is adopted",
    reached: |_, state| state.safety.permits.values().any(|permit| permit.adopted),
};
const AGREED: Path = Path {
    name: "H11 agreed after a partition",
    reached: |_, state| state.line == Line::Healed(3) && !state.safety.holds.is_empty(),
};
const MOVED: Path = Path {
    name: "H11 the two sides' views differ at an issue",
    reached: |_, state| {
        state.witness.permits.values().any(|known| {
            let own = state.safety.subjects.get(&known.placement.subject);
            own.is_some_and(|own| own.site != known.placement.site)
        })
    },
};
const SEALED: Path = Path {
    name: "H11 a sealed place is shown under a further permit",
    reached: |_, state| {
        let shown = state.enrollment.subjects.values().filter_map(|subject| subject.shown());
        shown.into_iter().any(|shown| shown.attempt > 1)
    },
};

/// The paths that a configuration must reach.
pub fn paths(config: &Config) -> Vec<Path> {
    let mut paths = vec![AT_ONCE, BY_LIFE, ACTED, CRASHED_ISSUED];
    let dosing = config.devices.iter().any(|of| matches!(of, Of::Dose(_)));
    paths.extend(dosing.then_some(BY_HEARING));
    paths.extend((!config.restores.contains(&Service::Safety)).then_some(BY_RETURN));
    paths.push(BY_VOID);
    if config.left.crashes > 0 {
        paths.extend([CRASHED_CLAIMED, CRASHED_BACK]);
    }
    if config.holds.len() > 1 {
        paths.push(TWO_HOLDS);
    }
    if config.left.releases > 0 && config.holds.len() > 1 {
        paths.push(RELEASE_AND_HOLD);
    }
    paths.extend((config.given && dosing).then_some(GIVEN));
    paths.extend((config.left.restores > 0).then_some(RECONCILED));
    paths.extend(config.restores.contains(&Service::Safety).then_some(ADOPTED));
    paths.extend(config.cut.then_some(AGREED));
    paths.extend((config.left.moves > 0).then_some(MOVED));
    let sealed = config.devices.iter().any(|of| matches!(of, Of::Arm(_))) && config.attempts > 1;
    paths.extend(sealed.then_some(SEALED));
    paths
}
