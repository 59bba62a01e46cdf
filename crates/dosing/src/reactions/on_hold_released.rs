//! One hold was taken away; any other stays. Infusions that nothing holds any more come back by the file's rule for late
//! doses, counted from the last dose given (protocols README, sentence 15).

use std::collections::BTreeSet;

use holdpoint_api::safety::v1::HoldReleased;
use holdpoint_copies::holds;
use holdpoint_journal::{ReactError, Tx};

use super::moment;
use super::on_hold_placed::by_subject;
use crate::commands::replan;
use crate::ctx::Ctx;
use crate::domain::hold::{Activity, Hold, HoldState};
use crate::domain::ids::RegimenId;
use crate::domain::treatment::Treatment;
use crate::events;
use crate::store;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: HoldReleased) -> Result<(), ReactError> {
    let released = holds::released(tx, &event.hold).await?;
    if let Some(service) = &released.went_back {
        // The reconciliation of one service says nothing about another's.
        tx.reconcile(&events::chain(&released.trial), service, moment(event.at, "at")?).await?;
    }
    let standing = store::standing_holds(tx, &released.trial).await?;
    let before = Hold { state: HoldState::Effective, ..released.clone() };
    for (placement, all) in by_subject(tx, &released.trial).await? {
        let was_held =
            before.stops(Activity::FirstDose, &placement) || before.stops(Activity::Dosing, &placement);
        let is_held = standing.iter().any(|hold| hold.stops(Activity::Dosing, &placement));
        if !was_held || is_held {
            continue;
        }
        let subject = store::subject(tx, &released.trial, &placement.subject).await?;
        for regimen in waiting_regimens(&all) {
            replan::or_say_why(ctx, tx, &subject, &regimen, "a hold was released").await?;
        }
    }
    Ok(())
}

fn waiting_regimens(all: &[Treatment]) -> BTreeSet<RegimenId> {
    all.iter().filter(|one| one.waiting()).map(|one| one.key().regimen.clone()).collect()
}
