//! Ends treatment, or the study, by a rule of the file; the rule is the reason code. Safety is told before the answer.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Entry, Stored, Tx};
use jiff::Timestamp;

use super::tell_safety::{self, Answered};
use crate::call::{self, Call};
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::ids::{RuleId, SubjectId, TrialId};
use crate::domain::notice::{Happened, Notice};
use crate::domain::subject::{Axis, Subject};
use crate::{calendar, events, trial_file};

/// Whose, by which rule.
#[derive(Clone)]
pub struct Discontinue {
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// The rule.
    pub rule: RuleId,
    /// When; none is at this moment.
    pub at: Option<Timestamp>,
}

/// Ends it, then tells safety.
pub async fn run(ctx: &Ctx, call: &Call, cmd: Discontinue) -> Result<Answered> {
    let notice = match call.kept::<String>(ctx).await? {
        Some(kept) => kept,
        None => record(ctx, call, cmd).await?,
    };
    tell_safety::run(ctx, &call.by, &notice).await
}

async fn record(ctx: &Ctx, call: &Call, cmd: Discontinue) -> Result<String> {
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    let subject = call::subject(&tx, &cmd.trial, &cmd.subject).await?;
    call.role(&tx, &cmd.trial, Some(&subject.site)).await?;
    let at = cmd.at.unwrap_or(call.by.at);
    calendar::not_after("at", at, call.by.at)?;
    let protocol = ctx.protocol_of(&tx, &trial, subject.version()).await?;
    let axes = trial_file::ended_by(&protocol, &cmd.rule)?;
    let (changed, entries) = end(subject.value.clone(), &axes, &cmd.rule, at)?;
    tx.record(&subject, changed, entries).await?;
    let notice = ctx.ids.next().to_string();
    let axis = axes.iter().copied().max().unwrap_or(Axis::Treatment);
    let of = Happened::Discontinued { rule: cmd.rule, axis, at };
    tx.insert(&Notice::open(notice.clone(), cmd.trial, cmd.subject, of, call.by.at)).await?;
    call.finish(tx, notice).await
}

/// Ends the axes that a rule ends and that still go on; refused where none does.
pub(crate) fn end(
    subject: Subject,
    axes: &[Axis],
    rule: &RuleId,
    at: Timestamp,
) -> std::result::Result<(Subject, Vec<Entry>), Refusal> {
    let mut entries = vec![];
    let mut refused = None;
    let mut ended = subject;
    // Who leaves the study leaves treatment first: each axis has its event.
    let leaves = axes.contains(&Axis::Study);
    let ends = |axis: &Axis| axes.contains(axis) || leaves;
    for axis in [Axis::Treatment, Axis::Study].into_iter().filter(ends) {
        match ended.clone().discontinue(axis, rule.clone(), at) {
            Ok(changed) => {
                ended = changed;
                entries.push(events::subject_discontinued(&ended, axis, rule, at));
            }
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if entries.is_empty() => Err(refusal),
        _ => Ok((ended, entries)),
    }
}

/// Writes what a rule ended on its own, without a person's call.
pub(crate) async fn by_rule(
    tx: &mut Tx,
    subject: Stored<Subject>,
    axes: &[Axis],
    rule: &RuleId,
    at: Timestamp,
) -> Result<()> {
    match end(subject.value.clone(), axes, rule, at) {
        Ok((changed, entries)) => tx.record(&subject, changed, entries).await.map(drop),
        // What ended before stays ended as it did.
        Err(_) => Ok(()),
    }
}
