//! A permit that safety gave and dosing never claimed: its answer was lost, or dosing died before the claim. The void is
//! written first; the permit's unique id then refuses a claim that comes late (holds.md step 3).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{By, Tx};

use crate::ctx::Ctx;
use crate::domain::ids::PermitId;
use crate::domain::plan::Key;
use crate::events::{self, VoidWhy};
use crate::store::{self, Fate, PermitFate};

/// Writes the void in a transaction of its own. False, and nothing is written, when the permit was claimed, returned
/// or voided before. Refused while dosing's own journal is not whole: the claim may stand in the rows that are lost.
pub async fn run(ctx: &Ctx, by: &By, key: &Key, permit: &PermitId) -> Result<bool> {
    let mut tx = ctx.store.begin(by).await?;
    let voided = within(&mut tx, key, permit).await?;
    if voided {
        tx.commit().await?;
    }
    Ok(voided)
}

async fn within(tx: &mut Tx, key: &Key, permit: &PermitId) -> Result<bool> {
    store::journal_is_whole(tx, &key.trial).await?;
    if tx.get::<PermitFate>(permit.as_str()).await?.is_some() {
        return Ok(false);
    }
    let entry = events::permit_voided(key, permit, VoidWhy::NeverClaimed);
    tx.record_new(&fate(key, permit, Fate::Void), [entry]).await?;
    Ok(true)
}

/// The row of a permit.
pub(crate) fn fate(key: &Key, permit: &PermitId, fate: Fate) -> PermitFate {
    PermitFate {
        permit: permit.clone(),
        trial: key.trial.clone(),
        subject: key.subject.clone(),
        infusion: key.id.clone(),
        fate,
    }
}
