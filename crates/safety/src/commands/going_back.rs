//! What safety does when a service went back in time, itself included: a trial-wide hold that an administrator and a
//! principal investigator release. Doing it again changes nothing. holds.md "A service that went back in time", H7.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate, Chain, Head, Key, Opened, Stored, Tx};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::asking::own_person;
use super::placing::{ToHold, place};
use super::restoring;
use crate::ctx::Ctx;
use crate::domain::hold::{Cause, Hold, HoldKind};
use crate::domain::ids::{Peer, TrialId};
use crate::domain::scope::{Activity, Scope};
use crate::store::{ProtocolRow, Trial};

/// An incarnation of which a trial was held. Without it a crash between opening an incarnation and placing the hold
/// would leave the trial open, and a repeat would hold it again after its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The trial that was held.
    pub trial: TrialId,
    /// The service that went back in time.
    pub source: Peer,
    /// The chain of its journal: the trial's own, or that of no one trial.
    pub chain: String,
    /// The incarnation that opened after the gap.
    pub incarnation: u32,
}

impl Gap {
    fn new(trial: &TrialId, source: Peer, chain: &Chain, incarnation: u32) -> Self {
        Self { trial: trial.clone(), source, chain: chain.to_string(), incarnation }
    }
}

impl Aggregate for Gap {
    const TABLE: &'static str = "gap";
    const KEYS: &'static [Key] = &[Key::index("trial")];

    fn id(&self) -> String {
        format!("{}/{}/{}/{}", self.trial, self.source, self.chain, self.incarnation)
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

/// Holds the trial for safety's own incarnations, once each. Answers whether it was held this time.
pub async fn hold_gap(ctx: &Ctx, trial: &TrialId) -> Result<bool> {
    let heads = ctx.store.heads().await?;
    let of = |chain: &Chain| heads.get(chain).map_or(0, |head| head.incarnation);
    if of(&Chain::trial(trial.as_str())) == 0 && of(&Chain::Service) == 0 {
        // Nothing was ever lost, and nobody need wait for the trial to be told so.
        return Ok(false);
    }
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let mut held = Trial::lock(&mut tx, trial).await?;
    let gaps = open_gaps(&held).await?;
    if gaps.is_empty() {
        return Ok(false);
    }
    let mut why = reconciliation(&Ctx::me());
    for gap in &gaps {
        if let Some(taken_at) = restoring::taken_at(held.tx, &gap.source, &gap.chain, gap.incarnation).await?
        {
            why.reason = restored(taken_at);
        }
        held.tx.insert(gap).await?;
    }
    place(ctx, &mut held, why).await?;
    tx.commit().await?;
    Ok(true)
}

/// Safety's own latest incarnations, of the trial's chain and of its chain of no one trial, for which the trial was not
/// held yet. While there is one, no permit is given.
pub async fn open_gaps(trial: &Trial<'_>) -> Result<Vec<Gap>> {
    let service = trial.tx.head(&Chain::Service).await?;
    let mut open = vec![];
    for (chain, head) in [(trial.chain(), trial.head()), (Chain::Service, service)] {
        let gap = Gap::new(&trial.id, Ctx::me(), &chain, head.incarnation);
        if gap.incarnation > 0 && trial.tx.get::<Gap>(&gap.id()).await?.is_none() {
            open.push(gap);
        }
    }
    Ok(open)
}

/// A peer's chain goes on in a later incarnation: each trial that it speaks of is held, in the transaction that takes
/// the incarnation up, so that no crash lies between.
pub async fn peer_opened(ctx: &Ctx, tx: &mut Tx, opened: &Opened) -> Result<()> {
    let rows: Vec<Stored<ProtocolRow>> = tx.find(&[]).await?;
    for trial in spoken_of(&opened.chain, rows) {
        let mut held = Trial::lock(&mut *tx, &trial).await?;
        let source = Peer::from(opened.source.as_str());
        let gap = Gap::new(&trial, source.clone(), &opened.chain, opened.first.incarnation);
        if held.tx.get::<Gap>(&gap.id()).await?.is_some() {
            continue;
        }
        held.tx.insert(&gap).await?;
        if restoring::taken_at(held.tx, &source, &gap.chain, gap.incarnation).await?.is_some() {
            // The whole house was restored, and safety holds the trial for its own gap: one hold to be reconciled, not five.
            continue;
        }
        if !is_held(&held.holds().await?, &source, Hold::is_unsigned) {
            place(ctx, &mut held, reconciliation(&source)).await?;
        }
    }
    Ok(())
}

/// A peer's journal does not continue what safety has seen of it.
pub async fn peer(ctx: &Ctx, chain: &Chain, source: &str) -> Result<()> {
    let source = Peer::from(source);
    for trial in trials(ctx, chain).await? {
        let mut tx = ctx.store.begin(&ctx.own()).await?;
        let mut held = Trial::lock(&mut tx, &trial).await?;
        if is_held(&held.holds().await?, &source, |_| true) {
            continue;
        }
        place(ctx, &mut held, reconciliation(&source)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether a standing hold of this kind was placed because the service went back.
fn is_held(holds: &[Stored<Hold>], source: &Peer, such: impl Fn(&Hold) -> bool) -> bool {
    holds.iter().any(|hold| hold.stands_for_gap_of(source) && such(hold))
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

/// Why a trial is held whose services were all restored together.
fn restored(taken_at: Timestamp) -> String {
    format!(
        "the whole house was restored from a backup taken at {taken_at}: what was done after it is not known here"
    )
}

/// All that a hold can stop.
pub fn everything() -> BTreeSet<Activity> {
    BTreeSet::from([Activity::Randomization, Activity::Dosing])
}

/// The trials that a chain speaks of.
async fn trials(ctx: &Ctx, chain: &Chain) -> Result<BTreeSet<TrialId>> {
    Ok(spoken_of(chain, ctx.store.find(&[]).await?))
}

/// A trial's chain speaks of that trial, a chain of no one trial of all that are known.
pub fn spoken_of(chain: &Chain, known: Vec<Stored<ProtocolRow>>) -> BTreeSet<TrialId> {
    match chain {
        Chain::Trial(trial) => BTreeSet::from([TrialId::from(trial.as_str())]),
        Chain::Service => known.into_iter().map(|row| row.value.trial).collect(),
    }
}
