//! A service ran its suspension check of a hold: its line on the suspension board. A check of a hold that safety does
//! not know tells that safety has forgotten the hold: it is placed again under its own id, as the check says that it
//! was placed, and never as less.
//! Architecture, "Life of a serious adverse event", step 5; holds.md H7.

use std::collections::BTreeSet;

use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::{common, dosing, enrollment, followup, labs, safety};
use holdpoint_journal::{Event, Questions, Tx};

use super::Reacted;
use super::read::{message, moment};
use crate::commands::asking::own_person;
use crate::commands::going_back::everything;
use crate::commands::placing::{ToHold, place_as};
use crate::ctx::Ctx;
use crate::domain::board::{Board, Check};
use crate::domain::hold::{Cause, Hold, HoldKind};
use crate::domain::ids::{HoldId, Peer, TrialId};
use crate::domain::scope::{Activity, Scope};
use crate::store::Trial;

/// A hold as the peer heard that it was placed.
struct Placed {
    kind: i32,
    scope: Option<common::v1::Scope>,
    activities: Vec<i32>,
}

impl Placed {
    /// Places it again. What is not said or not known counts as the most that it can have been.
    fn again(self, source: &str) -> ToHold {
        ToHold {
            scope: scope(self.scope.and_then(|scope| scope.of)),
            activities: activities(&self.activities),
            kind: kind(self.kind),
            cause: Cause::Forgotten,
            reason: format!("{source} has checked this hold, and safety has forgotten it"),
            by: own_person(),
            reported_at: None,
            adverse_event: None,
        }
    }
}

/// The assessment that a pending hold waited for is forgotten with it, so the board decides on that one.
fn kind(number: i32) -> HoldKind {
    use safety::v1::HoldKind as Pb;
    match Pb::try_from(number) {
        Ok(Pb::PendingAssessment | Pb::PendingBoardDecision) => HoldKind::PendingBoardDecision,
        Ok(Pb::DoseReductionRequired) => HoldKind::DoseReductionRequired,
        Ok(Pb::Reconciliation) => HoldKind::Reconciliation,
        Ok(Pb::Permanent | Pb::Unspecified) | Err(_) => HoldKind::Permanent,
    }
}

fn scope(of: Option<Of>) -> Scope {
    match of {
        Some(Of::Site(site)) => Scope::Site(site.into()),
        Some(Of::Arm(arm)) => Scope::Arm(arm.into()),
        Some(Of::Cohort(cohort)) => Scope::Cohort(cohort.into()),
        Some(Of::Subject(subject)) => Scope::Subject(subject.into()),
        Some(Of::Trial(_)) | None => Scope::Trial,
    }
}

fn activities(numbers: &[i32]) -> BTreeSet<Activity> {
    use common::v1::Activity as Pb;
    let read = |number: &i32| match Pb::try_from(*number) {
        Ok(Pb::Randomization) => Some(Activity::Randomization),
        Ok(Pb::FirstDose) => Some(Activity::FirstDose),
        Ok(Pb::Dosing) => Some(Activity::Dosing),
        Ok(Pb::Unspecified) | Err(_) => None,
    };
    let known: Option<BTreeSet<Activity>> = numbers.iter().map(read).collect();
    known.filter(|known| !known.is_empty()).unwrap_or_else(everything)
}

/// Dosing's check.
pub(super) async fn dosing(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: dosing::v1::HoldChecked = message(event)?;
    let placed = Placed { kind: message.kind, scope: message.scope, activities: message.activities };
    let items = [labeled("frozen", message.frozen), labeled("in progress", message.in_progress)].concat();
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), (check, placed)).await
}

/// Enrollment's check.
pub(super) async fn enrollment(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: enrollment::v1::HoldChecked = message(event)?;
    let placed = Placed { kind: message.kind, scope: message.scope, activities: message.activities };
    let items = [
        labeled("in screening", message.in_screening),
        labeled("awaiting randomization", message.awaiting_randomization),
        labeled("sealed", message.sealed),
    ]
    .concat();
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), (check, placed)).await
}

/// Labs' check.
pub(super) async fn labs(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: labs::v1::HoldChecked = message(event)?;
    let placed = Placed { kind: message.kind, scope: message.scope, activities: message.activities };
    let items = labeled("last result", message.last_results);
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), (check, placed)).await
}

/// Followup's check.
pub(super) async fn followup(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: followup::v1::HoldChecked = message(event)?;
    let placed = Placed { kind: message.kind, scope: message.scope, activities: message.activities };
    let mut items = labeled("frozen", message.frozen);
    items.push(format!("safety visits that go on: {}", message.safety_visits));
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), (check, placed)).await
}

fn labeled(label: &str, items: Vec<String>) -> Vec<String> {
    items.into_iter().map(|item| format!("{label}: {item}")).collect()
}

async fn checked(
    ctx: &Ctx,
    tx: &mut Tx,
    event: &Event,
    trial: &TrialId,
    hold: HoldId,
    (check, placed): (Check, Placed),
) -> Reacted {
    let mut trial = Trial::lock(tx, trial).await?;
    trial.tx.ask(Questions::new().get::<Hold>(hold.as_str()).get::<Board>(hold.as_str())).await?;
    if trial.tx.get::<Hold>(hold.as_str()).await?.is_none() {
        place_as(ctx, &mut trial, hold.clone(), placed.again(&event.source)).await?;
    }
    if let Some(board) = trial.tx.get::<Board>(hold.as_str()).await? {
        let after = board.value.clone().checked(Peer::from(event.source.as_str()), check);
        trial.tx.update_shown(&board, after).await?;
    }
    Ok(())
}
