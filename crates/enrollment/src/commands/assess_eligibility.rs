//! Judges every criterion asked at a step: true, false or unknown, each with its facts. Unknown is not eligible
//! (semantics 2). The judgement is journaled; it carries over to nothing, and is made again at allocation.

use holdpoint_chassis::error::Result;
use serde_json::json;

use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::ids::{SubjectId, TrialId};
use crate::eligibility::{self, Judgement, Step};
use crate::events;

/// Whom, and at which step.
#[derive(Clone)]
pub struct AssessEligibility {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The step.
    pub step: Step,
}

/// Judges.
pub async fn run(ctx: &Ctx, call: &Call, cmd: AssessEligibility) -> Result<Judgement> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    subject.still_in_study()?;
    let judgement = eligibility::judge(ctx, &tx, &trial, &subject, cmd.step, call.by.at).await?;
    let version = trial.version(subject.version())?;
    let what = json!({
        "subject": cmd.subject,
        "step": cmd.step.as_str(),
        "eligible": judgement.eligible,
        "criteria": judgement.criteria,
        "protocol": format!("{}@{}#{}", cmd.trial, version.version, version.digest),
    });
    tx.append(events::audit(&cmd.trial, "holdpoint.enrollment.v1.audit.EligibilityAssessed", what));
    call.finish(tx, judgement).await
}
