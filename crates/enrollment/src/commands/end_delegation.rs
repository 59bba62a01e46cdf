//! Ends a delegation from this moment on. It stays on the log.

use holdpoint_chassis::error::{Error, Result};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::delegation::Delegated;
use crate::domain::ids::{DelegationId, TrialId};
use crate::error::UNKNOWN_DELEGATION;
use crate::events;

/// Which delegation.
#[derive(Clone)]
pub struct EndDelegation {
    /// The trial.
    pub trial: TrialId,
    /// Its id.
    pub delegation: DelegationId,
}

/// Ends it.
pub async fn run(ctx: &Ctx, call: &Call, cmd: EndDelegation) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, _) = call.begin(ctx, &cmd.trial).await?;
    let found = tx.get::<Delegated>(cmd.delegation.as_str()).await?;
    let given = found
        .filter(|given| given.trial == cmd.trial)
        .ok_or_else(|| Error::from(UNKNOWN_DELEGATION.refuse("the trial has no such delegation")))?;
    call.role(&tx, &cmd.trial, given.site.as_ref()).await?;
    let ended = given.value.clone().end(call.by.at)?;
    let entry = events::delegation_ended(&ended, call.by.at);
    tx.record(&given, ended, [entry]).await?;
    call.finish(tx, ()).await
}
