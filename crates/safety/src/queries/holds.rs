//! The holds of a trial and its epoch. Open, suspended and terminated are read off the holds: there is no status.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;

use super::{Reader, shown};
use crate::commands::HoldShown;
use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::TrialId;

/// The holds and the epoch.
#[derive(Debug, Clone)]
pub struct Holds {
    /// In the order of their placing.
    pub holds: Vec<HoldShown>,
    /// Journal number of the last hold transition.
    pub epoch: u64,
}

/// Lists them.
pub async fn list(ctx: &Ctx, reader: &Reader, trial: &TrialId, released: bool) -> Result<Holds> {
    reader.of(ctx, trial).await?;
    let all: Vec<Stored<Hold>> = ctx.store.find(&[("trial", trial.as_str())]).await?;
    let epoch = all.iter().map(|hold| hold.epoch).max().unwrap_or(0);
    let mut holds = vec![];
    for hold in all.into_iter().filter(|hold| released || hold.stands()) {
        holds.push(shown(ctx, hold.value).await?);
    }
    Ok(Holds { holds, epoch })
}
