//! A permit that safety gave and dosing never claimed: its answer was lost, or dosing died before the claim. The void is
//! written first; the permit's unique id then refuses a claim that comes late (holds.md step 3). A dosing that went back
//! in time may have claimed what it does not remember: from then on only a person's statement voids (H2, H10).

use holdpoint_chassis::error::Result;
use holdpoint_journal::{By, Entry, Head, Tx};
use serde_json::json;

use crate::ctx::Ctx;
use crate::domain::fate::{self, Fate};
use crate::domain::ids::PermitId;
use crate::domain::plan::Key;
use crate::error::STATEMENT_MISSING;
use crate::events;
use crate::store::{self, PermitFate};

/// Writes the void in a transaction of its own. False, and nothing is written, when the permit was claimed, returned
/// or voided before. Refused while a journal is not whole, because the claim may stand in the rows that are lost; and
/// without a person's statement once dosing's journal of the trial went back.
pub async fn run(ctx: &Ctx, by: &By, key: &Key, permit: &PermitId, statement: Option<&str>) -> Result<bool> {
    let mut tx = ctx.store.begin(by).await?;
    if tx.get::<PermitFate>(permit.as_str()).await?.is_some() {
        tx.rollback().await?;
        return Ok(false);
    }
    let entry = judged(&mut tx, key, permit, statement).await?;
    tx.append(entry);
    tx.commit().await?;
    Ok(true)
}

/// Takes the permit's row and then the chain's head: what is judged here of the journal holds until the commit.
async fn judged(tx: &mut Tx, key: &Key, permit: &PermitId, statement: Option<&str>) -> Result<Entry> {
    tx.insert(&row(key, permit, Fate::Void)).await?;
    let head = tx.lock(&events::chain(&key.trial)).await?;
    store::journal_is_whole(tx, &key.trial).await?;
    let Some(why) = fate::void_unclaimed(went_back(&head), statement) else {
        let why = format!(
            "dosing was restored from an older copy and does not know permit {permit}: a Go under it may have been \
             heard before; a person must state that it was not heard or not acted on (earlier_not_heard)"
        );
        return Err(STATEMENT_MISSING
            .refuse(why)
            .field("earlier_not_heard", None, "a statement in words")
            .into());
    };
    let entry = events::permit_voided(key, permit, why);
    Ok(if why.is_stated() { entry.private(json!({ "statement": statement })) } else { entry })
}

/// Whether a journal with this head went back in time: its first row of a later incarnation names what was lost.
pub(crate) fn went_back(head: &Head) -> bool {
    head.incarnation > 0
}

/// The row of a permit.
pub(crate) fn row(key: &Key, permit: &PermitId, fate: Fate) -> PermitFate {
    PermitFate {
        permit: permit.clone(),
        trial: key.trial.clone(),
        subject: key.subject.clone(),
        infusion: key.id.clone(),
        fate,
    }
}
