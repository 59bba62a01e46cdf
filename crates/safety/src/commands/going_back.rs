//! What safety does when a service went back in time, itself included: a trial-wide hold that an administrator and a
//! principal investigator release. Doing it again changes nothing. holds.md "A service that went back in time", H7.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate, Chain, Head, Key, Stored};
use serde::{Deserialize, Serialize};

use super::asking::own_person;
use super::placing::{ToHold, place};
use crate::ctx::Ctx;
use crate::domain::hold::{Cause, Hold, HoldKind};
use crate::domain::ids::{Peer, TrialId};
use crate::domain::scope::{Activity, Scope};
use crate::store::{ProtocolRow, Trial, in_trial};

/// An incarnation of the trial's chain whose hold was placed. Without it a crash between opening an incarnation and
/// placing the hold would leave the trial open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The trial.
    pub trial: TrialId,
    /// The incarnation that opened after the gap.
    pub incarnation: u32,
}

impl Aggregate for Gap {
    const TABLE: &'static str = "gap";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        in_trial(&self.trial, self.incarnation.to_string())
    }

    fn keys(&self) -> Vec<Option<String>> {
        vec![Some(self.trial.to_string())]
    }
}

/// A peer has seen a row of safety's journal that safety lacks: it goes on in a later incarnation, above every number
/// that a peer has seen, and holds the trial.
pub async fn safety(ctx: &Ctx, chain: &Chain, claimed_by: &str, lost: Head) -> Result<()> {
    tracing::error!(%chain, claimed_by, %lost, "safety lacks a row that a peer has seen; it holds");
    ctx.store.open_incarnation(&ctx.own(), chain, lost).await?;
    for trial in trials(ctx, chain).await? {
        hold_gap(ctx, &trial).await?;
    }
    Ok(())
}

/// Places the hold of the trial's latest incarnation, once. Answers whether it was placed this time.
pub async fn hold_gap(ctx: &Ctx, trial: &TrialId) -> Result<bool> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut held = Trial::lock(&mut tx, trial).await?;
    let gap = Gap { trial: trial.clone(), incarnation: held.head().incarnation };
    if gap.incarnation == 0 || held.tx.get::<Gap>(&gap.id()).await?.is_some() {
        return Ok(false);
    }
    held.tx.insert(&gap).await?;
    place(ctx, &mut held, reconciliation(&Ctx::me())).await?;
    tx.commit().await?;
    Ok(true)
}

/// A peer's journal does not continue what safety has seen of it.
pub async fn peer(ctx: &Ctx, chain: &Chain, source: &str) -> Result<()> {
    let cause = Cause::WentBack(Peer::from(source));
    for trial in trials(ctx, chain).await? {
        let mut tx = ctx.store.begin(&ctx.own()).await?;
        let mut held = Trial::lock(&mut tx, &trial).await?;
        if held.holds().await?.iter().any(|hold: &Stored<Hold>| hold.cause == cause) {
            continue;
        }
        place(ctx, &mut held, reconciliation(&Peer::from(source))).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The hold that stands until people have reconciled a service with the others.
pub fn reconciliation(service: &Peer) -> ToHold {
    ToHold {
        scope: Scope::Trial,
        activities: everything(),
        kind: HoldKind::Reconciliation,
        cause: Cause::WentBack(service.clone()),
        reason: format!("{service} went back in time: it lacks rows that another service has seen"),
        by: own_person(),
        reported_at: None,
        adverse_event: None,
    }
}

/// All that a hold can stop.
pub fn everything() -> BTreeSet<Activity> {
    BTreeSet::from([Activity::Randomization, Activity::Dosing])
}

/// The trials that a chain speaks of: its own, or all for a chain of no one trial.
async fn trials(ctx: &Ctx, chain: &Chain) -> Result<BTreeSet<TrialId>> {
    if let Chain::Trial(trial) = chain {
        return Ok(BTreeSet::from([TrialId::from(trial.as_str())]));
    }
    let rows: Vec<Stored<ProtocolRow>> = ctx.store.find(&[]).await?;
    Ok(rows.into_iter().map(|row| row.value.trial).collect())
}
