//! Places a hold: hold, list of what is in flight, board and alert in one transaction, whose first statement locked
//! the trial. From its commit no permit covers (holds.md step 6, H6).

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use jiff::Timestamp;

use super::alerting::{Tell, raise};
use super::settling::{is_restored, listed, make_effective};
use crate::ctx::Ctx;
use crate::domain::board::{Board, Rows};
use crate::domain::effective::{Readiness, readiness};
use crate::domain::hold::{Cause, Hold, HoldKind, Placing};
use crate::domain::ids::{AdverseEventId, HoldId, Person};
use crate::domain::scope::{Activity, Scope};
use crate::events;
use crate::store::Trial;

/// What is to be held and why.
#[derive(Debug, Clone)]
pub struct ToHold {
    /// What it covers.
    pub scope: Scope,
    /// What it stops there.
    pub activities: BTreeSet<Activity>,
    /// What ends it.
    pub kind: HoldKind,
    /// Why.
    pub cause: Cause,
    /// Why, in words.
    pub reason: String,
    /// Who places it.
    pub by: Person,
    /// When the event behind it was reported; absent: with the hold.
    pub reported_at: Option<Timestamp>,
    /// The adverse event behind it.
    pub adverse_event: Option<AdverseEventId>,
}

/// Places a hold under a fresh id.
pub async fn place(ctx: &Ctx, trial: &mut Trial<'_>, hold: ToHold) -> Result<Stored<Hold>> {
    let id = ctx.id();
    place_as(ctx, trial, id, hold).await
}

/// Places a hold under a given id: one that peers know and safety has forgotten.
pub async fn place_as(ctx: &Ctx, trial: &mut Trial<'_>, id: HoldId, hold: ToHold) -> Result<Stored<Hold>> {
    let permits = trial.in_flight().await?;
    let own = trial.placements(&permits).await?;
    let placing = Placing {
        id,
        trial: trial.id.clone(),
        scope: hold.scope,
        activities: hold.activities,
        kind: hold.kind,
        cause: hold.cause,
        reason: hold.reason,
        by: hold.by,
        at: trial.now(),
        epoch: trial.next_number(),
    };
    let pairs = permits.iter().map(|permit| (&permit.value, own.get(&permit.asked.placement.subject)));
    let placed = Hold::place(placing, pairs);
    trial.tell(events::hold_placed(&placed));
    let restored = is_restored(&trial.holds().await?) || placed.cause == Cause::WentBack(Ctx::me());
    let stored = trial.tx.insert(&placed).await?;
    ctx.instance.placed(&placed.id);
    let stored = if_ready(ctx, trial, stored, restored).await?;
    let peers = ctx.followed.iter().cloned();
    let reported_at = hold.reported_at.unwrap_or(placed.placed_at);
    let board = Board::open(placed.id.clone(), trial.id.clone(), reported_at, peers);
    let effective = (!stored.is_waiting()).then_some(stored.epoch);
    let rows = Rows { placed: Some(placed.epoch), effective, released: None };
    trial.tx.insert(&Board { rows, ..board }).await?;
    let tell = Tell::critical("hold-placed", words(&stored)).hold(&placed.id);
    raise(ctx, trial, tell.adverse_event(hold.adverse_event.as_ref())).await?;
    Ok(stored)
}

async fn if_ready(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    hold: Stored<Hold>,
    restored: bool,
) -> Result<Stored<Hold>> {
    let permits = listed(trial, &hold).await?;
    let mut waited = ctx.instance.waited(&trial.id, &hold.id, restored);
    waited.hold = std::time::Duration::ZERO;
    match readiness(permits.values(), waited, ctx.terms) {
        Readiness::Effective(how) => make_effective(ctx, trial, hold, how).await,
        Readiness::Wait(_) => Ok(hold),
    }
}

fn words(hold: &Hold) -> String {
    let mut text = format!("hold on {}: {}", covered(&hold.scope), hold.reason);
    if !hold.in_flight.is_empty() {
        let listed: Vec<String> = hold.in_flight.iter().map(in_flight_words).collect();
        text.push_str(&format!(". In flight, and not undone by this: {}", listed.join(", ")));
    }
    text
}

fn in_flight_words(known: &crate::domain::hold::InFlight) -> String {
    match known.number {
        0 => format!("allocation of {}", known.subject),
        number => format!("infusion {number} of {}", known.subject),
    }
}

fn covered(scope: &Scope) -> String {
    match scope {
        Scope::Trial => "the whole trial".to_owned(),
        Scope::Site(site) => format!("site {site}"),
        Scope::Arm(_) => "one arm".to_owned(),
        Scope::Cohort(cohort) => format!("cohort {cohort}"),
        Scope::Subject(subject) => format!("subject {subject}"),
    }
}
