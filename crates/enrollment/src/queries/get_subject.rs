//! A subject with its milestones, the withdrawn ones too, and what safety has not answered yet. No personal data, and
//! no arm before it was shown.

use holdpoint_chassis::error::{Error, Result};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::milestone::Milestone;
use crate::domain::notice::Notice;
use crate::domain::subject::Subject;
use crate::error::UNKNOWN_SUBJECT;
use crate::store::subject_key;

/// A subject with what belongs to it.
pub struct Found {
    /// The subject.
    pub subject: Subject,
    /// In the order in which they were recorded.
    pub milestones: Vec<Milestone>,
    /// Recorded, NOT yet held: what safety has not answered.
    pub not_yet_held: Vec<Notice>,
}

/// Answers it.
pub async fn run(ctx: &Ctx, call: &Call, trial: &TrialId, subject: &SubjectId) -> Result<Found> {
    let found = ctx.store.get::<Subject>(&subject_key(trial, subject)).await?.ok_or_else(|| {
        Error::from(UNKNOWN_SUBJECT.refuse(format!("trial {trial} has no subject {subject}")))
    })?;
    call.may_read(ctx, trial, Some(&found.site)).await?;
    with_all(ctx, found.value).await
}

/// The subject with all that belongs to it.
pub(super) async fn with_all(ctx: &Ctx, subject: Subject) -> Result<Found> {
    let key = subject_key(&subject.trial, &subject.id);
    let milestones = ctx.store.find::<Milestone>(&[("subject", &key)]).await?;
    let notices = ctx.store.find::<Notice>(&[("subject", &key), ("open", "yes")]).await?;
    Ok(Found {
        subject,
        milestones: milestones.into_iter().map(|stored| stored.value).collect(),
        not_yet_held: notices.into_iter().map(|stored| stored.value).collect(),
    })
}
