//! The signed answer to a question that the file leaves to a person.

use holdpoint_chassis::error::Result;
use jiff::civil::Date;
use serde_json::json;

use super::rederive;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::fact::Attestation;
use crate::domain::ids::{SubjectId, TrialId};
use crate::{calendar, events, trial_file};

/// Which answer to which question.
#[derive(Clone)]
pub struct Attest {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// "include.organs"
    pub criterion: String,
    /// Is the file's statement true of this subject?
    pub holds: bool,
    /// The day it is true of.
    pub date: Date,
}

/// Records it, signed in the role in which the caller may act.
pub async fn run(ctx: &Ctx, call: &Call, cmd: Attest) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    let role = call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    subject.still_in_study()?;
    let zone = calendar::zone(&trial, &subject.site)?;
    calendar::not_ahead("date", cmd.date, call.by.at, &zone)?;
    let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
    trial_file::attested(&protocol, &cmd.criterion)?;
    let attestation = Attestation {
        id: ctx.ids.next().to_string(),
        trial: cmd.trial.clone(),
        subject: cmd.subject,
        criterion: cmd.criterion,
        holds: cmd.holds,
        date: cmd.date,
        by: call.actor.principal.clone(),
        role: role.to_string(),
        signed_at: call.by.at,
    };
    let what = json!({
        "subject": attestation.subject,
        "criterion": attestation.criterion,
        "holds": attestation.holds,
        "date": attestation.date.to_string(),
        "role": attestation.role,
    });
    let entry = events::audit(&cmd.trial, "holdpoint.enrollment.v1.audit.Attested", what);
    tx.record_new(&attestation, [entry]).await?;
    rederive::run(ctx, &mut tx, &trial, &subject).await?;
    call.finish(tx, ()).await
}
