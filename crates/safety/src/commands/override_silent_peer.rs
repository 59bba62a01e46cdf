//! After a restart, when a known peer stays silent: a person takes the responsibility that permits are given without
//! its head. Holds for this run of this instance only. holds.md "A service that went back in time". Refusals SAF-0024,
//! SAF-0028.

use holdpoint_chassis::error::Result;

use super::alerting::{Tell, raise};
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::ids::{Peer, TrialId};
use crate::error::{NO_PEER, NO_REASON};
use crate::events;
use crate::store::Trial;

/// An override.
#[derive(Debug, Clone)]
pub struct OverrideSilentPeer {
    /// The trial.
    pub trial: TrialId,
    /// The silent service.
    pub peer: Peer,
}

/// Takes the responsibility.
pub async fn run(ctx: &Ctx, call: &Call, cmd: OverrideSilentPeer) -> Result<()> {
    if call.kept::<()>(ctx).await?.is_some() {
        return Ok(());
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::WholeTrial).await?;
    if call.reason().is_empty() {
        let refused = NO_REASON.refuse("a silent service is overridden with a reason");
        return Err(refused.field("act.reason", None, "a sentence that says why").into());
    }
    if !ctx.instance.known().contains(&cmd.peer) {
        let allowed = ctx.instance.known().iter().map(Peer::as_str).collect::<Vec<_>>().join(", ");
        let refused = NO_PEER.refuse("safety waits for no service of this name");
        return Err(refused.field("peer", Some(cmd.peer.to_string()), allowed).into());
    }
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    trial.tell(events::peer_overridden(&cmd.trial, cmd.peer.as_str()));
    let by = trial.by();
    let text = format!("permits are given without having heard from {}: {}", cmd.peer, call.reason());
    raise(ctx, &mut trial, Tell::critical("silent-peer-overridden", text)).await?;
    keep(&mut tx, &())?;
    tx.commit().await?;
    ctx.instance.overridden(&cmd.trial, &cmd.peer, by);
    Ok(())
}
