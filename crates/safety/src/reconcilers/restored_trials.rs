//! A safety that was restored holds every trial by itself, and does not wait until somebody asks it for a permit (H7).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tally};

use crate::commands::going_back;
use crate::ctx::Ctx;
use crate::store::ProtocolRow;

/// Holds what was not held yet. Answers how many trials it held.
pub async fn run(ctx: &Ctx) -> Result<usize> {
    let heads = ctx.store.heads().await?;
    if heads.values().all(|head| head.incarnation == 0) {
        return Ok(0);
    }
    let known: Vec<Stored<ProtocolRow>> = ctx.store.find(&[]).await?;
    let mut held = Tally::default();
    for row in &known {
        held.add(going_back::hold_gap(ctx, &row.trial).await);
    }
    held.told()
}
