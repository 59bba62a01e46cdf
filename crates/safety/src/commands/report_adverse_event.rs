//! Takes an adverse event however incomplete and lets the file's rules decide. Event, holds, alerts and obligations
//! are committed together before the reporter is answered (holds.md H6; architecture, "Life of a serious adverse
//! event"). It is refused only where it is malformed, or the reporter has no part in the trial. Refusals SAF-0001.

use holdpoint_chassis::error::{FieldViolation, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_journal::Questions;
use serde::{Deserialize, Serialize};

use super::gathering::readable;
use super::{Call, HoldShown, asking, keep, settling};
use crate::ctx::{Ctx, Place};
use crate::domain::adverse_event::{AdverseEvent, Report};
use crate::domain::fact::GivenFact;
use crate::domain::hold::Hold;
use crate::domain::ids::{AdverseEventId, SubjectId};
use crate::domain::obligation::Obligation;
use crate::domain::permit::Permit;
use crate::error::MALFORMED;
use crate::events;
use crate::rules;
use crate::store::{
    AlertSequence, ProtocolRow, SiteRow, StoredVerdicts, Subject, Trial, VerdictWords, YES, in_trial,
};

/// What a report, an update or an assessment came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The adverse event.
    pub adverse_event: AdverseEventId,
    /// Its version.
    pub version: u32,
    /// The holds that it caused and that stand.
    pub holds: Vec<HoldShown>,
    /// What each rule answered.
    pub rules: Vec<VerdictWords>,
    /// Facts that a holding rule names and nobody gave.
    pub missing: Vec<String>,
    /// The reporting duties that stand.
    pub obligations: Vec<String>,
}

/// Takes a report.
pub async fn run(ctx: &Ctx, call: &Call, report: Report) -> Result<Reported> {
    let given = match call.kept_or_delegations(ctx, &report.trial).await? {
        Ok(kept) => return Ok(kept),
        Err(given) => given,
    };
    ctx.allowed_by(given, (&call.actor, &call.roles), &report.trial, Place::Anywhere)?;
    let _turn = ctx.turns.of(&report.trial).await;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &report.trial).await?;
    let reported = take(ctx, &mut trial, report).await?;
    keep(&mut tx, &reported)?;
    reached("safety.report.before-commit");
    tx.commit().await?;
    reached("safety.report.after-commit");
    Ok(reported)
}

/// Takes it in the trial's transaction: the one way in for everything that becomes an adverse event.
pub(super) async fn take(ctx: &Ctx, trial: &mut Trial<'_>, report: Report) -> Result<Reported> {
    let asked = judged_by(trial, &report)?;
    trial.tx.ask(asked).await?;
    refuse_wrong_facts(ctx, trial, &report.subject, &report.facts).await?;
    let event = AdverseEvent::report(report, trial.now());
    trial.tx.insert(&event).await?;
    trial.tell(events::adverse_event_reported(&event));
    decide(ctx, trial, &event, false).await
}

/// What a report is judged by, in one question.
fn judged_by(trial: &Trial<'_>, report: &Report) -> Result<Questions> {
    let of_trial = [("trial", trial.id.as_str())];
    let subject = in_trial(&trial.id, &report.subject);
    Questions::new()
        .get::<Subject>(subject.as_str())
        .get::<StoredVerdicts>(report.id.as_str())
        .get::<AlertSequence>(trial.id.as_str())
        .versions::<ProtocolRow>(&of_trial)?
        .find::<SiteRow>(&of_trial)?
        .find::<Permit>(&[("subject", &subject)])?
        .find::<Permit>(&[("trial", trial.id.as_str()), ("in_flight", YES)])?
        .find::<Hold>(&[("trial", trial.id.as_str()), ("stands", YES)])?
        .find::<Obligation>(&[("adverse_event", report.id.as_str())])
}

/// Facts that the trial's dictionary does not have are told apart from facts that nobody gave. Without a dictionary that
/// can be read nothing is known to be wrong.
pub(super) async fn refuse_wrong_facts(
    ctx: &Ctx,
    trial: &Trial<'_>,
    subject: &SubjectId,
    facts: &[GivenFact],
) -> Result<()> {
    let copy = trial.subject(subject).await?.map(|stored| stored.value);
    let Ok(protocol) = readable(ctx, trial.tx, &trial.id, copy.as_ref()).await? else { return Ok(()) };
    let wrong: Vec<FieldViolation> = rules::check(&protocol, facts);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(MALFORMED.refuse("a fact is not one that this trial's dictionary has").fields(wrong).into())
}

/// Asks the rules about a version and gathers the answer.
pub(super) async fn decide(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    event: &AdverseEvent,
    assessment: bool,
) -> Result<Reported> {
    let asked = asking::adverse_event(ctx, trial, event, assessment).await?;
    let mut holds = vec![];
    for id in &asked.ruled.holds {
        if let Some(hold) = trial.tx.get::<Hold>(id.as_str()).await? {
            holds.push(shown(ctx, trial, hold.value).await?);
        }
    }
    Ok(Reported {
        adverse_event: event.id.clone(),
        version: event.version,
        holds,
        rules: asked.ruled.verdicts,
        missing: asked.ruled.missing.into_iter().collect(),
        obligations: asked.obligations,
    })
}

/// A hold with the time within which it is effective.
pub(super) async fn shown(ctx: &Ctx, trial: &Trial<'_>, hold: Hold) -> Result<HoldShown> {
    let effective_within_ms = settling::within_ms(ctx, trial, &hold).await?;
    Ok(HoldShown { hold, effective_within_ms })
}
