//! The suspension board of one hold: reported, effective, each service's check with its time, what is in flight.

use holdpoint_chassis::error::Result;

use super::{Reader, shown};
use crate::commands::HoldShown;
use crate::ctx::Ctx;
use crate::domain::board::Board;
use crate::domain::hold::Hold;
use crate::domain::ids::{HoldId, TrialId};
use crate::error::NO_HOLD;

/// A board with its hold.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The hold.
    pub hold: HoldShown,
    /// The checks.
    pub board: Board,
}

/// Shows it.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId, hold: &HoldId) -> Result<Shown> {
    reader.of(ctx, trial).await?;
    let held = ctx.store.get::<Hold>(hold.as_str()).await?.filter(|hold| hold.trial == *trial);
    let held = held.ok_or_else(|| NO_HOLD.refuse("the trial has no hold of this id"))?;
    let board = ctx.store.get::<Board>(hold.as_str()).await?;
    let board = board.ok_or_else(|| NO_HOLD.refuse("the trial has no hold of this id"))?;
    Ok(Shown { hold: shown(ctx, held.value).await?, board: board.value })
}
