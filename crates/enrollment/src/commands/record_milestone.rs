//! Records what happened to a subject on a day: transplant, relapse, progression, death. What safety must hear of at
//! once is told to it before the recorder is answered; while safety is silent the answer is "recorded, NOT yet held",
//! and it is told again until safety answers (holds.md).

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{Stored, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{flags, rederive, tell_safety};
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::flag::About;
use crate::domain::ids::{EventId, HoldId, MilestoneId, SubjectId, TrialId};
use crate::domain::milestone::{Milestone, Standing};
use crate::domain::notice::{Happened, Notice};
use crate::domain::subject::Subject;
use crate::error::MILESTONE;
use crate::{calendar, events, trial_file};

/// What happened.
#[derive(Clone)]
pub struct RecordMilestone {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The event.
    pub event: EventId,
    /// Civil date at the site.
    pub date: Date,
    /// The hour, where it is known.
    pub at: Option<Timestamp>,
    /// The record that this one corrects, or withdraws.
    pub replaces: Option<MilestoneId>,
    /// It withdraws.
    pub withdraw: bool,
}

/// What was recorded, and what safety said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The record.
    pub milestone: MilestoneId,
    /// Holds that safety placed for it.
    pub holds: Vec<HoldId>,
    /// Recorded, NOT yet held.
    pub not_yet_held: bool,
}

/// Records it, then tells safety.
pub async fn run(ctx: &Ctx, call: &Call, cmd: RecordMilestone) -> Result<Recorded> {
    let milestone = match call.kept::<MilestoneId>(ctx).await? {
        Some(kept) => kept,
        None => record(ctx, call, cmd).await?,
    };
    let told = tell_safety::run(ctx, &call.by, milestone.as_str()).await?;
    Ok(Recorded { milestone, holds: told.holds, not_yet_held: told.not_yet_held })
}

async fn record(ctx: &Ctx, call: &Call, cmd: RecordMilestone) -> Result<MilestoneId> {
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    let role = call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    let zone = calendar::zone(&trial, &subject.site)?;
    calendar::not_ahead("date", cmd.date, call.by.at, &zone)?;
    if let Some(at) = cmd.at {
        calendar::not_after("at", at, call.by.at)?;
        same_day(at, cmd.date, &zone)?;
    }
    let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
    if cmd.withdraw && trial_file::is_signed(&protocol, &cmd.event) {
        // Who may sign it may take the signature back.
        let (_, signers) = trial_file::confirmed_by(&protocol, &cmd.event)?;
        signed_by(&cmd.event, role, &signers)?;
    } else {
        trial_file::recordable(&protocol, &cmd.event)?;
    }
    let milestone = milestone(ctx, call, &cmd);
    if let Some(replaced) = &cmd.replaces {
        replace(&mut tx, &subject, &milestone, replaced, cmd.withdraw).await?;
    }
    store(&mut tx, &milestone, trial_file::is_told_at_once(&protocol, &cmd.event)).await?;
    rederive::run(ctx, &mut tx, &trial, &subject).await?;
    call.finish(tx, milestone.id).await
}

fn milestone(ctx: &Ctx, call: &Call, cmd: &RecordMilestone) -> Milestone {
    Milestone {
        id: ctx.ids.next().into(),
        trial: cmd.trial.clone(),
        subject: cmd.subject.clone(),
        event: cmd.event.clone(),
        date: cmd.date,
        at: cmd.at,
        confirmed_by: None,
        replaces: cmd.replaces.clone(),
        standing: if cmd.withdraw { Standing::Withdrawal } else { Standing::Stands },
        recorded_at: call.by.at,
        derived: false,
        ground_lost: None,
    }
}

/// Refuses a signature of anybody but those whom the file names.
pub(super) fn signed_by(event: &EventId, role: Role, signers: &[Role]) -> Result<()> {
    if signers.contains(&role) {
        return Ok(());
    }
    let message = format!("event {event} is signed by an investigator");
    Err(crate::error::UNKNOWN_EVENT.refuse(message).into())
}

/// Writes a milestone with its event, and where safety must hear of it at once, the notice that it must answer.
pub(crate) async fn store(tx: &mut Tx, milestone: &Milestone, tell_at_once: bool) -> Result<()> {
    tx.record_new(milestone, [events::milestone_recorded(milestone)]).await?;
    if tell_at_once {
        let of = Happened::Milestone { milestone: milestone.id.clone() };
        let (trial, subject) = (milestone.trial.clone(), milestone.subject.clone());
        let notice = Notice::open(milestone.id.to_string(), trial, subject, of, milestone.recorded_at);
        tx.insert(&notice).await?;
    }
    Ok(())
}

async fn replace(
    tx: &mut Tx,
    subject: &Subject,
    by: &Milestone,
    replaced: &MilestoneId,
    withdraw: bool,
) -> Result<()> {
    let found: Option<Stored<Milestone>> = tx.get(replaced.as_str()).await?;
    let earlier = found
        .filter(|earlier| earlier.trial == subject.trial && earlier.subject == subject.id)
        .ok_or_else(|| Error::from(MILESTONE.refuse("the subject has no such record to replace")))?;
    if earlier.event != by.event {
        let message = format!("that record is of {}, not of {}", earlier.event, by.event);
        return Err(MILESTONE.refuse(message).into());
    }
    let changed = earlier.value.clone().replaced(&by.id, withdraw)?;
    tx.update(&earlier, changed).await?;
    let lost = About::GroundLost { milestone: earlier.id.clone(), event: earlier.event.clone() };
    flags::clear(tx, &subject.trial, &subject.id, &lost).await
}

fn same_day(at: Timestamp, date: Date, zone: &jiff::tz::TimeZone) -> Result<()> {
    let day = calendar::day(at, zone);
    if day == date {
        return Ok(());
    }
    let refused = crate::error::DATE.refuse("`at` is on another day of the site than `date`");
    Err(refused.field("at", Some(day.to_string()), date.to_string()).into())
}
