//! A trial with its versions, their assumed items, and its sites.

use holdpoint_chassis::error::{Error, Result};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::domain::trial::Trial;
use crate::error::UNKNOWN_TRIAL;

/// Answers it to whoever has a part in the trial, at whichever site.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId) -> Result<Trial> {
    let found = ctx
        .store
        .get::<Trial>(trial.as_str())
        .await?
        .ok_or_else(|| Error::from(UNKNOWN_TRIAL.refuse(format!("trial {trial} is not registered"))))?;
    call.part_in(ctx, &found).await?;
    Ok(found.value)
}
