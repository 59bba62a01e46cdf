//! One permit as safety keeps it.

use holdpoint_chassis::error::Result;

use super::Reader;
use crate::ctx::Ctx;
use crate::domain::ids::{PermitId, TrialId};
use crate::domain::permit::Permit;
use crate::error::NO_PERMIT;

/// Shows it.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId, id: &PermitId) -> Result<Permit> {
    reader.of(ctx, trial).await?;
    let permit = ctx.store.get::<Permit>(id.as_str()).await?.filter(|permit| permit.asked.trial == *trial);
    Ok(permit.ok_or_else(|| NO_PERMIT.refuse("the trial has no permit of this id"))?.value)
}
