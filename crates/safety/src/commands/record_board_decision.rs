//! What the safety board decided, in its own words. It lifts nothing: releases are signed for each hold.
//! Architecture, "Life of a serious adverse event", step 7. Refusals SAF-0004.

use holdpoint_chassis::error::Result;

use super::sign_release::find;
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::board::Decision;
use crate::domain::ids::{DecisionId, HoldId, TrialId};
use crate::events;
use crate::store::Trial;

/// A decision.
#[derive(Debug, Clone)]
pub struct RecordBoardDecision {
    /// The trial.
    pub trial: TrialId,
    /// In words.
    pub text: String,
    /// The holds it speaks of.
    pub holds: Vec<HoldId>,
}

/// Records it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordBoardDecision) -> Result<DecisionId> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await?;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    for hold in &cmd.holds {
        find(&trial, hold).await?;
    }
    let decision = Decision {
        id: ctx.id(),
        trial: cmd.trial,
        text: cmd.text,
        holds: cmd.holds,
        by: trial.by(),
        at: trial.now(),
    };
    trial.tell(events::board_decided(&decision));
    trial.tx.insert(&decision).await?;
    keep(&mut tx, &decision.id)?;
    tx.commit().await?;
    Ok(decision.id)
}
