//! Takes an alert: the first to acknowledge owns it, and it is not repeated after that. Refusals SAF-0005.

use holdpoint_chassis::error::Result;

use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::alert::Alert;
use crate::domain::ids::{AlertId, Person, TrialId};
use crate::error::NO_ALERT;
use crate::events;
use crate::store::Trial;

/// An acknowledgement.
#[derive(Debug, Clone)]
pub struct AcknowledgeAlert {
    /// The trial.
    pub trial: TrialId,
    /// The alert, or a repetition of it.
    pub alert: AlertId,
}

/// Acknowledges, and answers who owns it. Acknowledging a repetition acknowledges what it repeats.
pub async fn run(ctx: &Ctx, call: &Call, cmd: AcknowledgeAlert) -> Result<Person> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await?;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let owner = take(&mut trial, &cmd.alert).await?;
    keep(&mut tx, &owner)?;
    tx.commit().await?;
    Ok(owner)
}

async fn take(trial: &mut Trial<'_>, id: &AlertId) -> Result<Person> {
    let mut owner = None;
    let mut next = Some(id.clone());
    while let Some(id) = next {
        let stored = trial.tx.get::<Alert>(id.as_str()).await?.filter(|alert| alert.trial == trial.id);
        let stored = stored.ok_or_else(|| NO_ALERT.refuse("the trial has no alert of this id"))?;
        let (by, now) = (trial.by(), trial.now());
        let (taken, owned_by) = stored.value.clone().acknowledge(by.clone(), now);
        next = taken.repeats.clone();
        if taken != stored.value {
            trial.tell(events::alert_acknowledged(&taken, by.as_str(), now));
            trial.tx.update(&stored, taken).await?;
        }
        owner = Some(owned_by);
    }
    Ok(owner.unwrap_or_else(|| trial.by()))
}
