//! A subject with its milestones, the withdrawn ones too. No personal data, and no arm before it was shown.

use holdpoint_chassis::error::{Error, Result};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::milestone::Milestone;
use crate::domain::subject::Subject;
use crate::error::UNKNOWN_SUBJECT;
use crate::store::subject_key;

/// Answers it.
pub async fn run(
    ctx: &Ctx,
    call: &Call,
    trial: &TrialId,
    subject: &SubjectId,
) -> Result<(Subject, Vec<Milestone>)> {
    let key = subject_key(trial, subject);
    let found = ctx.store.get::<Subject>(&key).await?.ok_or_else(|| {
        Error::from(UNKNOWN_SUBJECT.refuse(format!("trial {trial} has no subject {subject}")))
    })?;
    call.may_read(ctx, trial, Some(&found.site)).await?;
    Ok((found.value, milestones(ctx, &key).await?))
}

/// A subject's milestones in the order in which they were recorded.
pub(super) async fn milestones(ctx: &Ctx, key: &str) -> Result<Vec<Milestone>> {
    let found = ctx.store.find::<Milestone>(&[("subject", key)]).await?;
    Ok(found.into_iter().map(|stored| stored.value).collect())
}
