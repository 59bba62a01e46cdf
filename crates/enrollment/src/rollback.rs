//! What enrollment knows of its own journal having gone back in time: from then on it allocates nobody in the trial,
//! whatever safety says, until people have released a reconciliation hold (holds.md, "A service that went back in time").

use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_journal::{By, Chain, Head, ReactError, Tx};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::NAME;
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::gate;

/// A trial's journal lacks rows that a peer has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The trial.
    pub trial: TrialId,
    /// The peer that has seen them.
    pub noticed_by: String,
    /// The newest of them.
    pub lost: String,
    /// When enrollment learned of it, civil time.
    pub noticed_at: Timestamp,
    /// Whether people have reconciled it.
    pub reconciled: bool,
}

/// A peer has seen a row that this journal lacks: allocations of the trial are refused from this commit on, and the
/// journal goes on in a further incarnation. Told again of the same, it changes nothing.
pub async fn went_back(ctx: &Ctx, chain: &Chain, noticed_by: &str, lost: Head) -> Result<()> {
    let by = By::new(NAME, ctx.civil.now());
    if let Chain::Trial(trial) = chain {
        let rollback = Rollback {
            trial: trial.parse().or_fault("reading a chain's trial")?,
            noticed_by: noticed_by.to_owned(),
            lost: lost.to_string(),
            noticed_at: by.at,
            reconciled: false,
        };
        stop(ctx, &by, chain, rollback).await?;
    }
    ctx.store.open_incarnation(&by, chain, lost).await.map(drop)
}

/// Nothing is journaled here: a row on the old incarnation would take the number of one that was lost. The further
/// incarnation's first row says all of it.
async fn stop(ctx: &Ctx, by: &By, chain: &Chain, rollback: Rollback) -> Result<()> {
    let mut tx = ctx.store.begin(by).await?;
    tx.lock(chain).await?;
    match tx.get::<Rollback>(rollback.trial.as_str()).await? {
        Some(known) if !known.reconciled && known.lost == rollback.lost => return tx.rollback().await,
        Some(known) => drop(tx.update(&known, rollback).await?),
        None => drop(tx.insert(&rollback).await?),
    }
    tx.commit().await.map(drop)
}

/// Refuses while the trial's journal is known to have gone back and nobody has reconciled it.
pub async fn journal_is_whole(tx: &Tx, trial: &TrialId) -> Result<()> {
    match tx.get::<Rollback>(trial.as_str()).await? {
        Some(rollback) if !rollback.reconciled => {
            let noticed_by = &rollback.noticed_by;
            Err(gate::unsure(&format!("{noticed_by} has seen rows that enrollment's journal lacks")))
        }
        _ => Ok(()),
    }
}

/// Two people released a reconciliation hold. A release of before the rollback was noticed, read again from safety's
/// journal by a restored enrollment, reconciled something else.
pub async fn reconciled(tx: &mut Tx, trial: &TrialId, at: Timestamp) -> std::result::Result<(), ReactError> {
    let Some(known) = tx.get::<Rollback>(trial.as_str()).await? else { return Ok(()) };
    if !known.reconciled && at >= known.noticed_at {
        let next = Rollback { reconciled: true, ..known.value.clone() };
        tx.update(&known, next).await?;
    }
    Ok(())
}
