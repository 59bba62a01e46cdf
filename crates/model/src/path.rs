//! H11: the paths that a configuration must reach, so that "always" is not said of an empty model.

use holdpoint_safety::domain as safe;
use safe::effective::How;
use safe::hold::{Hold, HoldKind, HoldState};
use safe::permit::{PermitState, Progress};

use crate::config::Config;
use crate::model::Holds;
use crate::names::Service;
use crate::state::{Line, Of, Stage, State};

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
        state.has_restored()
            && state.safety.holds.values().any(|hold| {
                matches!(hold.state, HoldState::Released { .. }) && hold.kind == HoldKind::Reconciliation
            })
    },
};
const HELD: Path = Path {
    name: "H11 a restored service is held",
    reached: |_, state| {
        let reconciles = |hold: &Hold| hold.stands() && hold.kind == HoldKind::Reconciliation;
        state.has_restored() && state.safety.holds.values().any(reconciles)
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
    let mut paths = vec![BY_LIFE, ACTED, CRASHED_ISSUED];
    let dosing = config.devices.iter().any(|of| matches!(of, Of::Dose(_)));
    // Where nobody places one, the hold of the gap is the only one, and it waits for the longest life.
    let placed = !config.holds.is_empty();
    paths.extend(placed.then_some(AT_ONCE));
    paths.extend((placed && dosing).then_some(BY_HEARING));
    // A permit is given back where its claim fails: a dose's under a hold that dosing has read meanwhile, an allocation's, which
    // enrollment judges by no hold, only where another attempt or another handler came first.
    let claims_fail = dosing || config.attempts > 1 || config.copies > 1;
    let returns = placed && claims_fail && !config.restores.contains(&Service::Safety);
    paths.extend(returns.then_some(BY_RETURN));
    paths.extend(placed.then_some(BY_VOID));
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
    paths.extend((config.left.restores > 0 && config.left.releases > 0).then_some(RECONCILED));
    paths.extend((config.left.restores > 0).then_some(HELD));
    paths.extend(config.restores.contains(&Service::Safety).then_some(ADOPTED));
    paths.extend(config.heals.then_some(AGREED));
    paths.extend((config.left.moves > 0).then_some(MOVED));
    let sealed = config.devices.iter().any(|of| matches!(of, Of::Arm(_))) && config.attempts > 1;
    paths.extend(sealed.then_some(SEALED));
    paths
}
