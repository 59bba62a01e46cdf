//! One adverse event as it stands: each value that each fact took, what the rules answered, which holds it caused.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::Reader;
use crate::commands::asking::is_about;
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::hold::Hold;
use crate::domain::ids::{AdverseEventId, HoldId, TrialId};
use crate::error::NO_ADVERSE_EVENT;
use crate::store::{StoredVerdicts, VerdictWords};

/// An adverse event with what came of it.
#[derive(Debug, Clone)]
pub struct EventShown {
    /// The event.
    pub event: AdverseEvent,
    /// What each rule answered last.
    pub verdicts: Vec<VerdictWords>,
    /// Every hold that it caused, released ones included.
    pub holds: Vec<HoldId>,
}

/// Shows it.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId, id: &AdverseEventId) -> Result<EventShown> {
    reader.of(ctx, trial).await?;
    let event = ctx.store.get::<AdverseEvent>(id.as_str()).await?.filter(|event| event.trial == *trial);
    let event = event.ok_or_else(|| NO_ADVERSE_EVENT.refuse("the trial has no adverse event of this id"))?;
    let verdicts = ctx.store.get::<StoredVerdicts>(id.as_str()).await?;
    let holds: Vec<Stored<Hold>> = ctx.store.find(&[("trial", trial.as_str())]).await?;
    let holds = holds.iter().filter(|hold| is_about(&hold.cause, id.as_str()));
    Ok(EventShown {
        holds: holds.map(|hold| hold.id.clone()).collect(),
        verdicts: verdicts.map(|stored| stored.value.verdicts).unwrap_or_default(),
        event: event.value,
    })
}
