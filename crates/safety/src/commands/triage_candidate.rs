//! A person judges a laboratory finding: it becomes an adverse event, taken in the same way as a report, with the results
//! that prove it; or it is dismissed with a reason. protocols README, sentence 40. Refusals SAF-0001, SAF-0028,
//! SAF-0032, SAF-0033.

use holdpoint_chassis::error::{Refused, Result};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::report_adverse_event::{Reported, take};
use super::{Call, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::adverse_event::Report;
use crate::domain::candidate::{Candidate, NotOpen};
use crate::domain::fact::{FactValue, GivenFact, Since};
use crate::domain::ids::{AdverseEventId, CandidateId, TrialId};
use crate::error::{CANDIDATE_JUDGED, NO_CANDIDATE, NO_REASON};
use crate::events;
use crate::store::{Subject, Trial, in_trial};

/// A judgement.
#[derive(Debug, Clone)]
pub struct TriageCandidate {
    /// The trial.
    pub trial: TrialId,
    /// The finding.
    pub candidate: CandidateId,
    /// What it is.
    pub judgement: Judgement,
}

/// What a person finds it to be.
#[derive(Debug, Clone)]
pub enum Judgement {
    /// No adverse event, for the reason of the act.
    Dismissed,
    /// An adverse event.
    Raised(Raising),
}

/// What a person tells of it.
#[derive(Debug, Clone)]
pub struct Raising {
    /// Id for the adverse event.
    pub id: AdverseEventId,
    /// What it is called, where not as the grading calls it.
    pub term: Option<String>,
    /// First onset; unknown: the first day of the episode.
    pub onset: Since,
    /// When the person became aware; absent: on receipt.
    pub aware_at: Option<Timestamp>,
    /// What the person found.
    pub facts: Vec<GivenFact>,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triaged {
    /// The finding as it stands.
    pub candidate: Candidate,
    /// What the report came to; none where it was dismissed.
    pub reported: Option<Reported>,
}

/// Judges.
pub async fn run(ctx: &Ctx, call: &Call, cmd: TriageCandidate) -> Result<Triaged> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    judge_may_act(ctx, call, &cmd).await?;
    let _turn = ctx.turns.of(&cmd.trial).await;
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let found = trial.tx.get::<Candidate>(cmd.candidate.as_str()).await?;
    let stored = found.filter(|candidate| candidate.trial == cmd.trial).ok_or_else(unknown)?;
    stored.open().map_err(judged)?;
    let (by, at) = (trial.by(), trial.now());
    let (candidate, reported) = match cmd.judgement {
        Judgement::Dismissed => {
            (stored.value.clone().dismiss(by, at, call.reason().to_owned()).map_err(judged)?, None)
        }
        Judgement::Raised(raising) => {
            let report = report(&stored, raising);
            let candidate = stored.value.clone().raise(report.id.clone(), by, at).map_err(judged)?;
            (candidate, Some(take(ctx, &mut trial, report).await?))
        }
    };
    trial.tell(events::candidate_triaged(&candidate));
    trial.tx.update(&stored, candidate.clone()).await?;
    let answer = Triaged { candidate, reported };
    keep(&mut tx, &answer)?;
    tx.commit().await?;
    Ok(answer)
}

/// Raising is on the safe side and open to all who report; to dismiss is a judgement at the subject's site, with a reason.
async fn judge_may_act(ctx: &Ctx, call: &Call, cmd: &TriageCandidate) -> Result<()> {
    if matches!(cmd.judgement, Judgement::Raised(_)) {
        return ctx.allowed(&call.actor, &call.roles, &cmd.trial, Place::Anywhere).await.map(drop);
    }
    let candidate = ctx.store.get::<Candidate>(cmd.candidate.as_str()).await?;
    let subject = match candidate.filter(|candidate| candidate.trial == cmd.trial) {
        Some(candidate) => ctx.store.get::<Subject>(&in_trial(&cmd.trial, &candidate.subject)).await?,
        None => None,
    };
    let site = subject.as_ref().and_then(|subject| subject.site.as_ref());
    ctx.allowed(&call.actor, &call.roles, &cmd.trial, site.map_or(Place::Anywhere, Place::Site)).await?;
    if call.reason().is_empty() {
        let refused = NO_REASON.refuse("a laboratory finding is dismissed with a reason");
        return Err(refused.field("act.reason", None, "a sentence that says why").into());
    }
    Ok(())
}

/// The report that a finding becomes. A grade that nobody gave is the graded one, at an unknown time: the first day of the
/// episode need not have had it, and a rule that asks for the time holds until it is given (protocols README, sentence 11).
fn report(candidate: &Candidate, raising: Raising) -> Report {
    let finding = &candidate.finding;
    let mut facts = raising.facts;
    if finding.grade > 0 && facts.iter().all(|given| given.fact != "grade") {
        let value = FactValue::Number { value: Decimal::from(finding.grade), unit: String::new() };
        facts.push(GivenFact { fact: "grade".to_owned(), value, since: Since::Unknown });
    }
    let onset = match (raising.onset, finding.from) {
        (Since::Unknown, Some(day)) => Since::On(day),
        (given, _) => given,
    };
    Report {
        id: raising.id,
        trial: candidate.trial.clone(),
        subject: candidate.subject.clone(),
        term: raising.term.unwrap_or_else(|| finding.term.clone()),
        onset,
        aware_at: raising.aware_at,
        facts,
        evidence: Some(candidate.evidence()),
    }
}

fn unknown() -> Refused {
    NO_CANDIDATE.refuse("the trial has no laboratory finding of this id")
}

fn judged(not_open: NotOpen) -> Refused {
    let refused = CANDIDATE_JUDGED.refuse(format!("this finding is not open: {not_open}"));
    match not_open {
        NotOpen::Raised(event) => refused.field("candidate", Some(event.to_string()), "an open one"),
        NotOpen::Dismissed(_) | NotOpen::Withdrawn => refused,
    }
}
