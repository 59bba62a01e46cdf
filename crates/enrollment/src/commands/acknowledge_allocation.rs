//! The listener heard a valid allocation: the permit is settled and the arm is told to the others. An acknowledged
//! allocation is never voided.

use holdpoint_chassis::error::{Error, Result};

use super::flags;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::flag::About;
use crate::domain::ids::{PermitId, SubjectId, TrialId};
use crate::domain::places::Places;
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
    if subject.allocations().any(|shown| shown.permit == cmd.permit) {
        return call.finish(tx, ()).await;
    }
    let slot = subject.sealed_slot().ok_or(Refusal::PermitNotStarting)?;
    let places = tx.get::<Places>(cmd.trial.as_str()).await?;
    let shows = places.and_then(|places| places.shows(slot));
    let lost = || Error::fault(anyhow::anyhow!("a place that was drawn is not there"));
    let (arm, cohort) = shows.ok_or_else(lost)?;
    let changed = subject.value.clone().heard(&cmd.permit, arm, cohort, call.by.at)?;
    let version = trial.version(changed.version())?;
    let mut entries = vec![events::allocation_heard(&changed, &cmd.permit)];
    entries.extend(changed.shown().map(|shown| events::subject_randomized(&changed, shown, version)));
    tx.record(&subject, changed, entries).await?;
    let about = About::NotAcknowledged { permit: cmd.permit.clone() };
    flags::clear(&mut tx, &cmd.trial, &cmd.subject, &about).await?;
    call.finish(tx, ()).await
}
