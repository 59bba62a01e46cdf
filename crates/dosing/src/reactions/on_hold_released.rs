//! One hold was taken away; any other stays. Infusions that nothing holds any more come back by the file's rule for late
//! doses, counted from the last dose given (protocols README, sentence 15).

use std::collections::BTreeSet;

use holdpoint_api::safety::v1::HoldReleased;
use holdpoint_journal::{ReactError, Tx};

use super::on_hold_effective::change_hold;
use super::on_hold_placed::{RECONCILIATION, by_subject};
use crate::commands::replan;
use crate::ctx::Ctx;
use crate::domain::hold::{Activity, Hold, HoldState};
use crate::domain::ids::RegimenId;
use crate::domain::treatment::Treatment;
use crate::store::{self, Rollback, within};

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: HoldReleased) -> Result<(), ReactError> {
    let released = change_hold(tx, &event.hold, |hold| hold.state = HoldState::Released).await?;
    if released.kind == RECONCILIATION {
        reconciled(tx, &released).await?;
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

/// Two people released the reconciliation of the service that the hold names: what its rolled-back journal had stopped
/// may go on. The reconciliation of another service says nothing about this one's.
async fn reconciled(tx: &mut Tx, hold: &Hold) -> Result<(), ReactError> {
    let Some(service) = went_back(&hold.reason) else { return Ok(()) };
    if let Some(rollback) = tx.get::<Rollback>(&within(&hold.trial, service)).await? {
        let next = Rollback { reconciled: true, ..rollback.value.clone() };
        tx.record(&rollback, next, []).await?;
    }
    Ok(())
}

/// The service that a reconciliation is about, by safety's words: "dosing went back in time: ...".
fn went_back(reason: &str) -> Option<&str> {
    reason.split_once(" went back in time").map(|(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_the_one_that_safety_names() {
        let told = "dosing went back in time: it lacks rows that another service has seen";
        assert_eq!(went_back(told), Some("dosing"));
        assert_eq!(went_back("the pharmacist went back to the store"), None);
    }
}
