//! A service ran its suspension check of a hold: its line on the suspension board. A check of a hold that safety does
//! not know tells that safety has forgotten the hold: it is placed again under its own id, over the whole trial.
//! Architecture, "Life of a serious adverse event", step 5; holds.md H7.

use holdpoint_api::{dosing, enrollment};
use holdpoint_journal::{Event, Tx};

use super::Reacted;
use super::read::{message, moment};
use crate::commands::asking::own_person;
use crate::commands::going_back::everything;
use crate::commands::placing::{ToHold, place_as};
use crate::ctx::Ctx;
use crate::domain::board::{Board, Check};
use crate::domain::hold::{Cause, Hold, HoldKind};
use crate::domain::ids::{HoldId, Peer, TrialId};
use crate::domain::scope::Scope;
use crate::store::Trial;

/// Dosing's check.
pub(super) async fn dosing(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: dosing::v1::HoldChecked = message(event)?;
    let items = [labeled("frozen", message.frozen), labeled("in progress", message.in_progress)].concat();
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), check).await
}

/// Enrollment's check.
pub(super) async fn enrollment(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: enrollment::v1::HoldChecked = message(event)?;
    let items = [
        labeled("in screening", message.in_screening),
        labeled("awaiting randomization", message.awaiting_randomization),
        labeled("sealed", message.sealed),
    ]
    .concat();
    let check = Check { at: moment(message.at, "at")?, summary: message.summary, items };
    checked(ctx, tx, event, &message.trial.into(), message.hold.into(), check).await
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
    check: Check,
) -> Reacted {
    let mut trial = Trial::lock(tx, trial).await?;
    if trial.tx.get::<Hold>(hold.as_str()).await?.is_none() {
        let forgotten = ToHold {
            scope: Scope::Trial,
            activities: everything(),
            kind: HoldKind::PendingBoardDecision,
            cause: Cause::Forgotten,
            reason: format!(
                "{} has checked this hold, and safety has forgotten what it covers",
                event.source
            ),
            by: own_person(),
            reported_at: None,
            adverse_event: None,
        };
        place_as(ctx, &mut trial, hold.clone(), forgotten).await?;
    }
    if let Some(board) = trial.tx.get::<Board>(hold.as_str()).await? {
        let after = board.value.clone().checked(Peer::from(event.source.as_str()), check);
        trial.tx.update(&board, after).await?;
    }
    Ok(())
}
