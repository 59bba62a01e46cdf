//! What people and services ask to see: one file a question. A person needs a delegation in the trial for each.

pub mod alert_stream;
pub mod alerts;
pub mod board;
pub mod board_stream;
pub mod candidates;
pub mod escalation;
pub mod events;
pub mod holds;
pub mod obligations;
pub mod permits;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::Stored;

use crate::commands::HoldShown;
use crate::commands::settling::is_restored;
use crate::ctx::{Ctx, Place};
use crate::domain::effective::at_the_latest;
use crate::domain::hold::Hold;
use crate::domain::ids::TrialId;
use crate::domain::permit::Permit;
use crate::events::millis;
use crate::store::YES;

/// Who asks, and which roles the rpc is open to.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The caller.
    pub actor: Actor,
    /// The roles that the rpc names.
    pub roles: Vec<Role>,
}

impl Reader {
    /// Refused where the caller has no part in the trial.
    pub async fn of(&self, ctx: &Ctx, trial: &TrialId) -> Result<()> {
        ctx.allowed(&self.actor, &self.roles, trial, Place::Anywhere).await.map(drop)
    }
}

/// A page of a trial, in the order of first storing.
#[derive(Debug, Clone)]
pub struct Page {
    /// The trial.
    pub trial: TrialId,
    /// After the thing at this place; 0 from the beginning.
    pub after: i64,
    /// At most so many.
    pub size: u32,
}

impl Page {
    /// Where the next page begins, after a page that was found like this; none at the end.
    fn next<T>(&self, found: &[Stored<T>]) -> Option<i64> {
        let full = found.len() >= usize::try_from(self.size).unwrap_or(usize::MAX);
        found.last().filter(|_| full).map(|last| last.order)
    }
}

/// A hold with the time within which it is effective.
async fn shown(ctx: &Ctx, hold: Hold) -> Result<HoldShown> {
    if !hold.is_waiting() {
        return Ok(HoldShown { hold, effective_within_ms: 0 });
    }
    let mut permits = vec![];
    for known in &hold.in_flight {
        permits.extend(ctx.store.get::<Permit>(known.permit.as_str()).await?.map(|permit| permit.value));
    }
    let standing = ctx.store.find::<Hold>(&[("trial", hold.trial.as_str()), ("stands", YES)]).await?;
    let waited = ctx.instance.waited(&hold.trial, &hold.id, is_restored(&standing));
    let effective_within_ms = millis(at_the_latest(&permits, waited, ctx.terms));
    Ok(HoldShown { hold, effective_within_ms })
}
