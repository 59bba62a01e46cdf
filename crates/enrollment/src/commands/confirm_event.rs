//! Signs a derived event that the file wants confirmed (poor graft function). The platform proposes it from what was
//! recorded; it counts from the signature (semantics 27 and 30; facts.md R7).

use holdpoint_chassis::error::Result;
use jiff::civil::Date;

use super::record_milestone::{signed_by, store};
use super::rederive;
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::ids::{EventId, MilestoneId, SubjectId, TrialId};
use crate::domain::milestone::{Milestone, Standing};
use crate::{calendar, chart, eligibility, trial_file};

/// Which event of whom.
#[derive(Clone)]
pub struct ConfirmEvent {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The event.
    pub event: EventId,
    /// The day it is dated to.
    pub date: Date,
}

/// Signs it. Refused where what was recorded does not show it, with the reasons and the facts that are missing.
pub async fn run(ctx: &Ctx, call: &Call, cmd: ConfirmEvent) -> Result<MilestoneId> {
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
    let (event, signers) = trial_file::confirmed_by(&protocol, &cmd.event)?;
    signed_by(&cmd.event, role, &signers)?;
    let chart = chart::of(&tx, &subject, zone).await?;
    let attested = eligibility::attested_events(&tx, &subject).await?;
    eligibility::proposed(&protocol, event, &chart, &attested, call.by.at)?;
    let milestone = Milestone {
        id: ctx.ids.next().into(),
        trial: cmd.trial,
        subject: cmd.subject,
        event: cmd.event,
        date: cmd.date,
        at: None,
        confirmed_by: Some(role),
        replaces: None,
        standing: Standing::Stands,
        recorded_at: call.by.at,
        derived: false,
        ground_lost: None,
    };
    store(&mut tx, &milestone, trial_file::is_told_at_once(&protocol, &milestone.event)).await?;
    rederive::run(ctx, &mut tx, &trial, &subject).await?;
    call.finish(tx, milestone.id).await
}
