//! Makes holds effective: in the same transaction that settled the last permit, or when the lives are over. One
//! compare-and-set row each (holds.md step 6).

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use crate::ctx::Ctx;
use crate::domain::board::{Board, Rows};
use crate::domain::effective::{Readiness, at_the_latest, readiness};
use crate::domain::hold::{Cause, Effectiveness, Hold};
use crate::domain::ids::PermitId;
use crate::domain::permit::Permit;
use crate::events::{self, millis};
use crate::store::Trial;

/// Whether safety itself went back in this trial and its gap is not reconciled: permits that it has forgotten may
/// be out.
pub fn is_restored(holds: &[Stored<Hold>]) -> bool {
    holds.iter().any(|hold| hold.stands() && hold.cause == Cause::WentBack(Ctx::me()))
}

/// Makes every waiting hold of the trial effective that is ready.
pub async fn settle(ctx: &Ctx, trial: &mut Trial<'_>) -> Result<()> {
    let holds = trial.holds().await?;
    let restored = is_restored(&holds);
    for hold in holds.into_iter().filter(|hold| hold.is_waiting()) {
        let listed = listed(trial, &hold).await?;
        let waited = ctx.instance.waited(&trial.id, &hold.id, restored);
        if let Readiness::Effective(how) = readiness(listed.values(), waited, ctx.terms) {
            let effective = make_effective(ctx, trial, hold, how).await?;
            note_row(trial, &effective, |rows| Rows { effective: Some(effective.epoch), ..rows }).await?;
        }
    }
    Ok(())
}

/// Notes on the hold's board which row of the journal tells of its transition.
pub async fn note_row(trial: &mut Trial<'_>, hold: &Hold, note: impl FnOnce(Rows) -> Rows) -> Result<()> {
    if let Some(board) = trial.tx.get::<Board>(hold.id.as_str()).await? {
        let noted = Board { rows: note(board.rows), ..board.value.clone() };
        trial.tx.update(&board, noted).await?;
    }
    Ok(())
}

/// The permits on a hold's list, as they stand.
pub async fn listed(trial: &Trial<'_>, hold: &Hold) -> Result<BTreeMap<PermitId, Permit>> {
    let ids: Vec<String> = hold.in_flight.iter().map(|known| known.permit.to_string()).collect();
    let permits = trial.tx.get_all::<Permit>(&ids).await?;
    Ok(permits.into_values().map(|permit| (permit.id.clone(), permit.value)).collect())
}

/// At the latest, the hold is effective this many milliseconds after it was placed.
pub async fn within_ms(ctx: &Ctx, trial: &Trial<'_>, hold: &Hold) -> Result<u64> {
    if !hold.is_waiting() {
        return Ok(0);
    }
    let restored = is_restored(&trial.holds().await?);
    let waited = ctx.instance.waited(&trial.id, &hold.id, restored);
    Ok(millis(at_the_latest(listed(trial, hold).await?.values(), waited, ctx.terms)))
}

/// Writes `Placed -> Effective` and its row.
pub async fn make_effective(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    hold: Stored<Hold>,
    how: crate::domain::effective::How,
) -> Result<Stored<Hold>> {
    let after_ms = ctx.instance.since_placed(&hold.id).map(millis);
    let since = Effectiveness { at: trial.now(), how, after_ms };
    let Ok(effective) = hold.value.clone().make_effective(since.clone(), trial.next_number()) else {
        return Ok(hold);
    };
    trial.tell(events::hold_effective(&effective, &since));
    trial.tx.update(&hold, effective).await
}
