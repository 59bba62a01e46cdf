//! The suspension board of one hold: reported, effective, each service's check with its time, what was in flight and what
//! became of it, the Gos after it, who decided what and why, and the journal rows that prove it.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate, Chain, Head, Stored};

use super::{Reader, shown};
use crate::NAME;
use crate::commands::HoldShown;
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::alert::Alert;
use crate::domain::board::{Board, Decision, Rows};
use crate::domain::hold::{Cause, Hold};
use crate::domain::ids::{HoldId, TrialId};
use crate::domain::permit::Permit;
use crate::domain::suspension::Suspension;
use crate::error::NO_HOLD;

/// A board with its hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The hold.
    pub hold: HoldShown,
    /// The checks.
    pub board: Board,
    /// What it came to so far.
    pub suspension: Suspension,
    /// The event behind the hold.
    pub event: Option<AdverseEvent>,
    /// The board's decisions that speak of it, oldest first.
    pub decisions: Vec<Decision>,
    /// Its alerts, without their repetitions.
    pub alerts: Vec<Alert>,
    /// The rows of safety's journal that tell of it: "placed", "effective", "released".
    pub rows: Vec<(&'static str, Head)>,
}

/// A board, and the newest row of each journal of the trial as safety knows it, its own first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The board.
    pub shown: Shown,
    /// By service.
    pub heads: Vec<(String, Head)>,
}

/// Shows it.
pub async fn get(ctx: &Ctx, reader: &Reader, trial: &TrialId, hold: &HoldId) -> Result<Proven> {
    reader.of(ctx, trial).await?;
    proven(ctx, read(ctx, trial, hold).await?).await
}

/// The board with the heads of this moment.
pub(super) async fn proven(ctx: &Ctx, shown: Shown) -> Result<Proven> {
    let chain = Chain::trial(shown.board.trial.as_str());
    let mut heads = vec![(NAME.to_owned(), ctx.store.head(&chain).await?)];
    for peer in &*ctx.followed {
        heads.push((peer.to_string(), ctx.store.cursor(peer.as_str(), &chain).await?));
    }
    Ok(Proven { shown, heads })
}

/// Reads it. The hold comes first, so that what is read of it is never older than the hold.
pub(super) async fn read(ctx: &Ctx, trial: &TrialId, id: &HoldId) -> Result<Shown> {
    let unknown = || NO_HOLD.refuse("the trial has no hold of this id");
    let hold = ctx.store.get::<Hold>(id.as_str()).await?.filter(|hold| hold.trial == *trial);
    let hold = hold.ok_or_else(unknown)?.value;
    let board = ctx.store.get::<Board>(id.as_str()).await?.ok_or_else(unknown)?.value;
    let permits: Vec<Permit> = of_trial(ctx, trial).await?;
    let decisions: Vec<Decision> = of_trial(ctx, trial).await?;
    let alerts: Vec<Stored<Alert>> = ctx.store.find(&[("hold", id.as_str())]).await?;
    Ok(Shown {
        suspension: Suspension::of(&hold, &board.rows, &permits),
        event: event(ctx, &hold).await?,
        decisions: decisions.into_iter().filter(|decision| decision.holds.contains(id)).collect(),
        alerts: alerts.into_iter().map(|alert| alert.value).filter(|alert| alert.repeats.is_none()).collect(),
        rows: rows(ctx, trial, board.rows).await?,
        hold: shown(ctx, hold).await?,
        board,
    })
}

async fn of_trial<A: Aggregate>(ctx: &Ctx, trial: &TrialId) -> Result<Vec<A>> {
    let found: Vec<Stored<A>> = ctx.store.find(&[("trial", trial.as_str())]).await?;
    Ok(found.into_iter().map(|stored| stored.value).collect())
}

async fn event(ctx: &Ctx, hold: &Hold) -> Result<Option<AdverseEvent>> {
    let Cause::Rule(cause) = &hold.cause else { return Ok(None) };
    let Some(event) = &cause.adverse_event else { return Ok(None) };
    Ok(ctx.store.get::<AdverseEvent>(event.as_str()).await?.map(|stored| stored.value))
}

async fn rows(ctx: &Ctx, trial: &TrialId, rows: Rows) -> Result<Vec<(&'static str, Head)>> {
    let chain = Chain::trial(trial.as_str());
    let told = [("placed", rows.placed), ("effective", rows.effective), ("released", rows.released)];
    let mut found = vec![];
    for (what, number) in told {
        if let Some(number) = number
            && let Some(row) = ctx.store.row(&chain, number).await?
        {
            found.push((what, row.head));
        }
    }
    Ok(found)
}
