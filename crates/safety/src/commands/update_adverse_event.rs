//! More is known of an adverse event, or earlier words were wrong: a further version, about which every rule is asked
//! again (protocols README, sentence 9). Nothing is released by it. Refusals SAF-0001, SAF-0003.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::report_adverse_event::{Reported, decide, refuse_wrong_facts};
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::adverse_event::{AdverseEvent, Update};
use crate::domain::ids::{AdverseEventId, TrialId};
use crate::error::NO_ADVERSE_EVENT;
use crate::events;
use crate::store::Trial;

/// A further version of an adverse event.
#[derive(Debug, Clone)]
pub struct UpdateAdverseEvent {
    /// The trial.
    pub trial: TrialId,
    /// The adverse event.
    pub adverse_event: AdverseEventId,
    /// What is known beyond, or instead.
    pub update: Update,
}

/// Takes an update.
pub async fn run(ctx: &Ctx, call: &Call, cmd: UpdateAdverseEvent) -> Result<Reported> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await?;
    let _turn = ctx.turns.of(&cmd.trial).await;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let stored = find(&trial, &cmd.adverse_event).await?;
    refuse_wrong_facts(ctx, &trial, &stored.subject, &cmd.update.facts).await?;
    let event = stored.value.clone().update(cmd.update);
    trial.tx.update(&stored, event.clone()).await?;
    let now = trial.now();
    trial.tell(events::adverse_event_changed(&event, now));
    let reported = decide(ctx, &mut trial, &event, false).await?;
    keep(&mut tx, &reported)?;
    tx.commit().await?;
    Ok(reported)
}

/// The trial's adverse event of this id. One of another trial is unknown, in the same words.
pub(super) async fn find(trial: &Trial<'_>, id: &AdverseEventId) -> Result<Stored<AdverseEvent>> {
    let found = trial.tx.get::<AdverseEvent>(id.as_str()).await?;
    let found = found.filter(|event| event.trial == trial.id);
    Ok(found.ok_or_else(|| NO_ADVERSE_EVENT.refuse("the trial has no adverse event of this id"))?)
}
