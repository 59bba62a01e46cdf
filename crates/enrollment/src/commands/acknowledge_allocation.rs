//! The listener heard a valid allocation: the permit is settled and the arm is told to the others. An acknowledged
//! allocation is never voided.

use holdpoint_chassis::error::{Error, Result};

use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::domain::list::RandomizationList;
use crate::events;

/// Which allocation was heard.
#[derive(Clone)]
pub struct AcknowledgeAllocation {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The permit it was shown under.
    pub permit: PermitId,
}

/// Records it. Acknowledging the same permit again changes nothing.
pub async fn run(ctx: &Ctx, call: &Call, cmd: AcknowledgeAllocation) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    if subject.shown().is_some_and(|shown| shown.permit == cmd.permit) {
        return call.finish(tx, ()).await;
    }
    let slot = subject.slot().ok_or(Refusal::PermitNotStarting)?;
    let list = tx.get::<RandomizationList>(cmd.trial.as_str()).await?;
    let arm = list.and_then(|list| list.arm(slot));
    let arm = arm.ok_or_else(|| Error::fault(anyhow::anyhow!("a drawn place is not on the list")))?;
    let changed = subject.value.clone().heard(&cmd.permit, arm, None, call.by.at)?;
    let version = trial.version(changed.version())?;
    let mut entries = vec![events::allocation_heard(&changed, &cmd.permit)];
    entries.extend(changed.shown().map(|shown| events::subject_randomized(&changed, shown, version)));
    tx.record(&subject, changed, entries).await?;
    call.finish(tx, ()).await
}
