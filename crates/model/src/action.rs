//! What can happen next. One action is one message that arrives, one transaction, one timer, one person's act, one fault, or
//! one tick of every true clock. What an action does stands in `step/`, when it is possible in `model.rs`.

use holdpoint_safety::domain::ids::{HoldId, PermitId};

use crate::names::{Service, Wanted};

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
    /// The timer of one instance asks for the heads that its peers have not shown since it began.
    Show(usize),
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
