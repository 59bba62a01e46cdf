//! The properties of holds.md that hold always: H1 to H5 and H7 to H10, each a look at one state. H8 and H9 are bounds on
//! counted ticks. H6 is one transaction here, and is tested on the running system.

use holdpoint_dosing::domain as dose;
use holdpoint_safety::domain as safe;
use safe::hold::HoldState;
use safe::permit::PermitState;

use crate::config::Config;
use crate::names::{FORGOTTEN, LIFE};
use crate::peers::READERS;
use crate::state::{Hearing, Line, Of, State};
use crate::witness::Broken;

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
    let done = state.dosing.infusions.values().any(|infusion| completed(infusion))
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

/// H8: no hold waits longer than life and margin since it was placed, or since safety's instance last began; than the
/// longest life and margin, where an instance that began or a restore may have forgotten permits.
pub fn bounded(config: &Config, state: &State) -> bool {
    let restarted = state.has_restored() || state.left.restarts < config.left.restarts;
    let most = if restarted { FORGOTTEN } else { LIFE + 1 };
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
