//! What a suspension came to: what was in flight and what became of it, the last `Go` before the hold was effective, the Gos
//! after it and the permits given while it stood, which are to be none (holds.md H1, H2). It judges what is on record, and
//! changes nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::board::Rows;
use super::hold::{Effectiveness, Hold, HoldState};
use super::permit::{Permit, PermitState};

/// When a `Go` was heard, and where safety's journal stood when it heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Heard {
    /// Civil time at the service that asked for the permit.
    pub at: Timestamp,
    /// Number of the next row of the trial in safety's journal: every row below it is older than the telling.
    pub before_row: u64,
}

/// One suspension, as it stands on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// What the hold lists as in flight, as it is known to have gone on.
    pub flights: Vec<Permit>,
    /// The last `Go` heard of what the hold covers before it was effective; while it waits, so far.
    pub last_go: Option<Permit>,
    /// Gos heard of what the hold covers after it was effective, under permits older than its release.
    pub gos_after_effective: usize,
    /// Permits given for what the hold covers while it stood.
    pub permits_while_held: usize,
}

impl Suspension {
    /// Gathers it from every permit of the trial.
    pub fn of(hold: &Hold, rows: &Rows, permits: &[Permit]) -> Self {
        let listed = |permit: &&Permit| hold.in_flight.iter().any(|known| known.permit == permit.id);
        let covered: Vec<&Permit> = permits.iter().filter(|permit| hold.covers(permit, None)).collect();
        let (after, before): (Vec<&Permit>, Vec<&Permit>) = covered
            .iter()
            .copied()
            .filter(|permit| permit.heard.is_some() && is_older(permit, rows.released))
            .partition(|permit| hold.is_heard_after(rows, permit));
        Self {
            flights: permits.iter().filter(listed).cloned().collect(),
            last_go: before.into_iter().max_by_key(|permit| permit.heard.map(|heard| heard.at)).cloned(),
            gos_after_effective: after.len(),
            permits_while_held: covered.iter().filter(|permit| hold.is_given_under(rows, permit)).count(),
        }
    }
}

/// Whether a permit was given before this row of safety's journal; before a row that is not written every one was. An epoch
/// is such a number, so no clock has a part in it.
fn is_older(permit: &Permit, row: Option<u64>) -> bool {
    row.is_none_or(|row| permit.epoch < row)
}

impl Hold {
    /// When and how it became effective.
    pub fn effectiveness(&self) -> Option<&Effectiveness> {
        match &self.state {
            HoldState::Placed => None,
            HoldState::Effective { since, .. } | HoldState::Released { since, .. } => Some(since),
        }
    }

    /// Whether a permit's `Go` was heard after the hold was effective. One that safety had heard of by then was not, whatever
    /// clocks say; of one that it heard of later the word of the service that told it decides.
    fn is_heard_after(&self, rows: &Rows, permit: &Permit) -> bool {
        let (Some(since), Some(heard)) = (self.effectiveness(), permit.heard) else { return false };
        let known_before = rows.effective.is_some_and(|row| heard.before_row <= row);
        !known_before && heard.at > since.at
    }

    /// Whether a permit was given while the hold stood. One that a restored safety met in a peer's journal was given before
    /// it was lost: nobody knows when.
    fn is_given_under(&self, rows: &Rows, permit: &Permit) -> bool {
        let given_before = match rows.placed {
            Some(row) => permit.epoch < row,
            None => permit.issued_at <= self.placed_at,
        };
        !given_before && !permit.adopted && is_older(permit, rows.released)
    }
}

impl Permit {
    /// Notes when its `Go` was heard. The first telling stands.
    pub fn note_heard(self, heard: Heard) -> Self {
        let heard = self.heard.or((self.state == PermitState::Heard).then_some(heard));
        Self { heard, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::effective::How;
    use crate::domain::hold::{Cause, HoldKind, Placing};
    use crate::domain::permit::{Ask, Issue, Terms, View, issue};
    use crate::domain::permit_fact::PermitFact;
    use crate::domain::scope::{Activity, Placement, Scope};

    const PLACED: u64 = 10;
    const EFFECTIVE: u64 = 20;
    const RELEASED: u64 = 30;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A permit of this epoch, whose `Go` was heard at a second and told when the next row was that one.
    fn permit(id: &str, activity: Activity, epoch: u64, heard: Option<(i64, u64)>) -> Permit {
        let asked = Ask {
            ask: id.into(),
            trial: "t".into(),
            activity,
            placement: Placement::unknown(format!("S-{id}").as_str().into()),
            infusion: (activity != Activity::Randomization).then(|| id.into()),
            number: 2,
            attempt: 1,
        };
        let terms = Terms { life_ms: 5_000, margin_ms: 500 };
        let view = View { own: None, holds: &[], permits: &[] };
        let given = issue(asked, &view, Issue { id: id.into(), terms, at: at(0), epoch }).unwrap();
        match heard {
            None => given,
            Some((second, before_row)) => {
                given.hear(&PermitFact::Heard).unwrap().note_heard(Heard { at: at(second), before_row })
            }
        }
    }

    /// A hold on doses, effective at second 100, with these in flight.
    fn hold(in_flight: &[&Permit]) -> Hold {
        let placing = Placing {
            id: "h".into(),
            trial: "t".into(),
            scope: Scope::Trial,
            activities: [Activity::Dosing].into(),
            kind: HoldKind::PendingBoardDecision,
            cause: Cause::Person,
            reason: "a doubt".to_owned(),
            by: "nora".into(),
            at: at(90),
            epoch: PLACED,
        };
        let placed = Hold::place(placing, in_flight.iter().map(|permit| (*permit, None)));
        let since = Effectiveness { at: at(100), how: How::Settled, after_ms: None };
        placed.make_effective(since, EFFECTIVE).unwrap()
    }

    fn rows(released: Option<u64>) -> Rows {
        Rows { placed: Some(PLACED), effective: Some(EFFECTIVE), released }
    }

    fn of(permits: &[Permit]) -> Suspension {
        Suspension::of(&hold(&[]), &rows(Some(RELEASED)), permits)
    }

    #[test]
    fn what_was_in_flight_is_shown_as_it_went_on() {
        let out = permit("a", Activity::Dosing, 3, None);
        let hold = hold(&[&out]);
        let over = out.clone().hear(&PermitFact::Completed(at(500))).unwrap();
        let other = permit("b", Activity::Dosing, 3, None);
        let found = Suspension::of(&hold, &rows(None), &[over.clone(), other]);
        assert_eq!(found.flights, [over]);
    }

    #[test]
    fn the_last_go_before_is_the_newest_of_what_the_hold_covers() {
        let found = of(&[
            permit("a", Activity::Dosing, 3, Some((70, 8))),
            permit("b", Activity::Dosing, 3, Some((80, 9))),
            permit("c", Activity::Randomization, 3, Some((85, 9))),
            permit("d", Activity::Dosing, 3, None),
        ]);
        assert_eq!(found.last_go.map(|permit| permit.id.to_string()).as_deref(), Some("b"));
        assert_eq!((found.gos_after_effective, found.permits_while_held), (0, 0));
    }

    #[test]
    fn a_go_that_safety_knew_of_is_older_whatever_the_clocks_say() {
        let fast_clock = permit("a", Activity::Dosing, 3, Some((200, EFFECTIVE)));
        assert_eq!(of(&[fast_clock]).gos_after_effective, 0);
    }

    #[test]
    fn a_go_told_late_is_judged_by_the_word_of_who_tells_it() {
        let in_time = permit("a", Activity::Dosing, 3, Some((99, EFFECTIVE + 1)));
        let found = of(std::slice::from_ref(&in_time));
        assert_eq!((found.gos_after_effective, found.last_go), (0, Some(in_time)));
        let late = permit("b", Activity::Dosing, 3, Some((101, EFFECTIVE + 1)));
        let found = of(&[late]);
        assert_eq!((found.gos_after_effective, found.last_go), (1, None));
    }

    #[test]
    fn a_permit_given_while_the_hold_stood_is_counted_and_one_after_it_is_not() {
        let broken = permit("a", Activity::Dosing, PLACED, None);
        let allowed = permit("b", Activity::Randomization, PLACED, None);
        let later = permit("c", Activity::Dosing, RELEASED, Some((900, RELEASED + 1)));
        let found = of(&[broken, allowed, later]);
        assert_eq!((found.permits_while_held, found.gos_after_effective), (1, 0));
        assert_eq!(found.last_go, None, "a Go after the release is none before the hold");
    }
}
