//! How much of the places is used; never which arm comes next.

use holdpoint_chassis::error::{Error, Result};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::places::Places;
use crate::error::NOTHING_IN_FORCE;

/// Answers it.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId) -> Result<Places> {
    call.may_read(ctx, trial, None).await?;
    let list = ctx.store.get::<Places>(trial.as_str()).await?;
    let list =
        list.ok_or_else(|| Error::from(NOTHING_IN_FORCE.refuse(format!("trial {trial} has no places yet"))))?;
    Ok(list.value)
}
