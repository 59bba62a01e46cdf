//! What becomes of a permit that safety gave for an allocation: claimed, returned or void, each written once. A permit
//! whose answer was lost before the claim is voided by writing the void first: its unique id then refuses a claim that
//! comes late (holds.md step 3). A drawn place stays the subject's through all of it.

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::{TAKEN, Tx};

use super::randomize::Randomize;
use crate::call::{self, Call, chain};
use crate::ctx::Ctx;
use crate::domain::allocation::Attempt;
use crate::domain::fate::{self, Fate, GiveBack};
use crate::domain::ids::PermitId;
use crate::error::{ALREADY_ASKED, STATEMENT_MISSING};
use crate::events;
use crate::store::PermitFate;

/// Writes that an attempt claimed it, in the claim's own transaction. Refused where a void or a return came first.
pub(super) async fn claimed(tx: &mut Tx, cmd: &Randomize, permit: &PermitId, attempt: Attempt) -> Result<()> {
    let written = tx.insert(&row(cmd, permit, Fate::Claimed(attempt))).await;
    written.map(drop).map_err(|error| if error.code() == Some(TAKEN.code) { too_late() } else { error })
}

fn too_late() -> Error {
    ALREADY_ASKED.refuse("another ask for this subject made the permit void before it was claimed").into()
}

/// Voids the claimed permit that is starting; the statement is the person's, where one stands behind it.
pub(super) async fn void(
    ctx: &Ctx,
    call: &Call,
    cmd: &Randomize,
    permit: &PermitId,
    why: &str,
    statement: Option<&str>,
) -> Result<()> {
    let (mut tx, _) = call.begin(ctx, &cmd.trial).await?;
    void_starting(&mut tx, cmd, permit, why, statement).await?;
    tx.commit().await.map(drop)
}

/// Voids a permit that safety holds to be out and that was never claimed here: its answer was lost, or enrollment died
/// before the claim. False, and nothing is written, where it was claimed, returned or voided before. A journal that went
/// back in time may have lost the claim, and even what was shown: there only a person's statement voids it.
pub(crate) async fn void_unclaimed(
    ctx: &Ctx,
    call: &Call,
    cmd: &Randomize,
    permit: &PermitId,
) -> Result<bool> {
    let (mut tx, _) = call.begin(ctx, &cmd.trial).await?;
    if tx.get::<PermitFate>(permit.as_str()).await?.is_some() {
        return Ok(false);
    }
    let went_back = tx.head(&chain(&cmd.trial)).await?.incarnation > 0;
    let stated = cmd.statement();
    let why =
        fate::void_unclaimed(went_back, stated.is_some()).ok_or_else(|| unknown_after_restore(permit))?;
    let statement = stated.filter(|_| went_back);
    let entry = events::permit_voided(&cmd.trial, &cmd.subject, permit, why, statement);
    tx.record_new(&row(cmd, permit, Fate::Void), [entry]).await?;
    tx.commit().await?;
    Ok(true)
}

fn unknown_after_restore(permit: &PermitId) -> Error {
    let message = format!(
        "safety gave permit {permit} for this subject, and enrollment's journal, which was restored from an older copy, \
         does not say what became of it: find out whether an arm was shown"
    );
    STATEMENT_MISSING.refuse(message).into()
}

/// A permit that came to nothing is given back at once, so that a hold need not wait for its life. Where the claim's
/// commit got through unheard, the permit is void instead. If even this fails, safety waits for the life.
pub(super) async fn give_back(ctx: &Ctx, call: &Call, cmd: &Randomize, permit: &PermitId) {
    if let Err(error) = settle(ctx, call, cmd, permit).await {
        tracing::error!(%error, %permit, "a permit could not be given back; safety waits for its life");
    }
}

async fn settle(ctx: &Ctx, call: &Call, cmd: &Randomize, permit: &PermitId) -> Result<()> {
    let (mut tx, _) = call.begin(ctx, &cmd.trial).await?;
    let written = tx.get::<PermitFate>(permit.as_str()).await?.map(|stored| stored.value.fate);
    match fate::give_back(written) {
        GiveBack::Return => {
            let entry = events::permit_returned(&cmd.trial, &cmd.subject, permit);
            tx.record_new(&row(cmd, permit, Fate::Returned), [entry]).await?;
        }
        GiveBack::Void => void_starting(&mut tx, cmd, permit, "never shown", None).await?,
        GiveBack::Nothing => return Ok(()),
    }
    tx.commit().await.map(drop)
}

/// The subject's claim and the permit's fate change in one commit with the event.
async fn void_starting(
    tx: &mut Tx,
    cmd: &Randomize,
    permit: &PermitId,
    why: &str,
    statement: Option<&str>,
) -> Result<()> {
    let subject = call::subject(tx, &cmd.trial, &cmd.subject).await?;
    let changed = subject.value.clone().void(permit)?;
    let lost = || Error::fault(anyhow::anyhow!("the fate of the claimed permit {permit} is not stored"));
    let stored = tx.get::<PermitFate>(permit.as_str()).await?.ok_or_else(lost)?;
    tx.update(&stored, row(cmd, permit, Fate::Void)).await?;
    let entry = events::permit_voided(&cmd.trial, &cmd.subject, permit, why, statement);
    tx.record(&subject, changed, [entry]).await.map(drop)
}

fn row(cmd: &Randomize, permit: &PermitId, fate: Fate) -> PermitFate {
    PermitFate { permit: permit.clone(), trial: cmd.trial.clone(), subject: cmd.subject.clone(), fate }
}
