//! Anyone of the trial's staff places a hold by hand, with a reason. From its commit no permit covers.
//! holds.md step 6 and "Who may place and release". Refusals SAF-0001, SAF-0028.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::faults::reached;

use super::placing::{ToHold, place};
use super::report_adverse_event::shown;
use super::{Call, HoldShown, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::hold::{Cause, HoldKind};
use crate::domain::ids::TrialId;
use crate::domain::scope::{Activity, Scope};
use crate::error::NO_REASON;
use crate::store::Trial;

/// A hold by hand.
#[derive(Debug, Clone)]
pub struct PlaceHold {
    /// The trial.
    pub trial: TrialId,
    /// What to cover.
    pub scope: Scope,
    /// What to stop there.
    pub activities: BTreeSet<Activity>,
}

/// Places it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: PlaceHold) -> Result<HoldShown> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await?;
    if call.reason().is_empty() {
        let refused = NO_REASON.refuse("a hold is placed with a reason");
        return Err(refused.field("act.reason", None, "a sentence that says why").into());
    }
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let hold = ToHold {
        scope: cmd.scope,
        activities: cmd.activities,
        kind: HoldKind::PendingBoardDecision,
        cause: Cause::Person,
        reason: call.reason().to_owned(),
        by: trial.by(),
        reported_at: None,
        adverse_event: None,
    };
    let placed = place(ctx, &mut trial, hold).await?;
    let answer = shown(ctx, &trial, placed.value).await?;
    keep(&mut tx, &answer)?;
    reached("safety.hold.before-commit");
    tx.commit().await?;
    reached("safety.hold.after-commit");
    Ok(answer)
}
