//! Ends a registration that has no place, by a person's word: entered in error, or the person will not take part. The
//! record stays. Who has a place is never taken off: that is documented, not deleted (field.md story 4).

use holdpoint_chassis::error::{OrFault as _, Result};

use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::events;

/// Whose registration.
#[derive(Clone)]
pub struct FailScreening {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
}

/// The reason code of a registration that a person ended: the event of the dictionary.
const BY_PERSON: &str = "screen-failure";

/// Ends it, with the person's reason.
pub async fn run(ctx: &Ctx, call: &Call, cmd: FailScreening) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, _) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    call.reason()?;
    let rule = BY_PERSON.parse().or_fault("naming the reason code of a screen failure")?;
    let failed = subject.value.clone().fail_screening(rule, call.by.at)?;
    let entry = match &failed.stage {
        crate::domain::subject::Stage::ScreenFailed { rule, .. } => events::screen_failed(&failed, rule),
        _ => return call.finish(tx, ()).await,
    };
    tx.record(&subject, failed, [entry]).await?;
    call.finish(tx, ()).await
}
