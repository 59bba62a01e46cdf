//! Adverse events as they stand: each value that each fact took, what the rules answered, which holds were caused; one
//! event, or a page of them.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::{Page, Reader};
use crate::commands::asking::is_about;
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::finding::Truth;
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
    /// Whether it is serious.
    pub serious: Truth,
    /// The rules could not be asked yet.
    pub unruled: bool,
    /// Every hold that it caused, released ones included.
    pub holds: Vec<HoldId>,
}

/// A page of them.
#[derive(Debug, Clone)]
pub struct Events {
    /// In the order of their reports.
    pub events: Vec<EventShown>,
    /// Where the next page begins; none at the end.
    pub next: Option<i64>,
}

/// Shows one.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId, id: &AdverseEventId) -> Result<EventShown> {
    reader.of(ctx, trial).await?;
    let event = ctx.store.get::<AdverseEvent>(id.as_str()).await?.filter(|event| event.trial == *trial);
    let event = event.ok_or_else(|| NO_ADVERSE_EVENT.refuse("the trial has no adverse event of this id"))?;
    shown(ctx, event.value, &holds(ctx, trial).await?).await
}

/// Lists a page.
pub async fn list(ctx: &Ctx, reader: &Reader, page: &Page) -> Result<Events> {
    reader.of(ctx, &page.trial).await?;
    let filter = [("trial", page.trial.as_str())];
    let found: Vec<Stored<AdverseEvent>> = ctx.store.page(&filter, page.after, page.size).await?;
    let next = page.next(&found);
    let holds = holds(ctx, &page.trial).await?;
    let mut events = vec![];
    for event in found {
        events.push(shown(ctx, event.value, &holds).await?);
    }
    Ok(Events { events, next })
}

async fn holds(ctx: &Ctx, trial: &TrialId) -> Result<Vec<Stored<Hold>>> {
    ctx.store.find(&[("trial", trial.as_str())]).await
}

async fn shown(ctx: &Ctx, event: AdverseEvent, holds: &[Stored<Hold>]) -> Result<EventShown> {
    let verdicts = ctx.store.get::<StoredVerdicts>(event.id.as_str()).await?.map(|stored| stored.value);
    let caused = holds.iter().filter(|hold| is_about(&hold.cause, event.id.as_str()));
    Ok(EventShown {
        holds: caused.map(|hold| hold.id.clone()).collect(),
        serious: verdicts.as_ref().map_or(Truth::Unknown, |verdicts| verdicts.serious),
        unruled: verdicts.as_ref().is_none_or(|verdicts| verdicts.unruled),
        verdicts: verdicts.map(|verdicts| verdicts.verdicts).unwrap_or_default(),
        event,
    })
}
