//! Labs found something that may be an adverse event, or says more of what it found: one for each episode, for a person to
//! judge. Nothing is raised from what the file spares. What was judged already is followed: its evidence amends the
//! adverse event, and releases nothing. protocols README, sentences 4 and 40.

use holdpoint_api::labs::v1::CandidateProposed;
use holdpoint_journal::{Event, ReactError, Stored, Tx};
use holdpoint_protocol::eval::laboratory;

use super::Reacted;
use super::read::message;
use crate::commands::alerting::{Tell, raise};
use crate::commands::gathering::readable;
use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::candidate::{Candidate, CandidateState, LaboratoryFinding, News};
use crate::domain::ids::{AdverseEventId, CandidateId, SubjectId, TrialId};
use crate::events;
use crate::store::Trial;

/// From this grade on a finding threatens life (CTCAE 5.0), and somebody must look at once.
const LIFE_THREATENING: u32 = 4;

pub(super) async fn apply(ctx: &Ctx, tx: &mut Tx, event: &Event) -> Reacted {
    let message: CandidateProposed = message(event)?;
    let id = CandidateId::known(&message.candidate)
        .ok_or_else(|| ReactError::Park("`candidate` is missing".to_owned()))?;
    let subject = SubjectId::from(message.subject.as_str());
    let mut trial = Trial::lock(tx, &TrialId::from(message.trial.as_str())).await?;
    let finding = finding(message)?;
    let (candidate, news) = match trial.tx.get::<Candidate>(id.as_str()).await? {
        Some(known) => {
            let (heard, news) = known.value.clone().hear(finding);
            if heard == known.value {
                return Ok(());
            }
            trial.tx.update(&known, heard.clone()).await?;
            (heard, news)
        }
        None if is_spared(ctx, &trial, &subject, &finding).await? => return Ok(()),
        None => match Candidate::propose(id, trial.id.clone(), subject, finding, event.at) {
            Some(proposed) => {
                trial.tx.insert(&proposed).await?;
                (proposed, News::ToJudge)
            }
            None => return Ok(()),
        },
    };
    amend(&mut trial, &candidate).await?;
    Ok(tell(ctx, &mut trial, &candidate, news).await?)
}

fn finding(message: CandidateProposed) -> Result<LaboratoryFinding, ReactError> {
    let from = match message.from.as_str() {
        "" => None,
        day => Some(day.parse().map_err(|cause| ReactError::Park(format!("`from` is no day: {cause}")))?),
    };
    Ok(LaboratoryFinding {
        fact: message.fact,
        term: message.term,
        scale: message.scale,
        grade: message.grade,
        baseline_grade: message.baseline_grade,
        from,
        evidence: message.evidence,
        withdrawn: message.withdrawn,
    })
}

/// Labs obeys the file here too; a candidate of what the file spares is one that nobody asked for.
async fn is_spared(
    ctx: &Ctx,
    trial: &Trial<'_>,
    subject: &SubjectId,
    finding: &LaboratoryFinding,
) -> Result<bool, ReactError> {
    let copy = trial.subject(subject).await?.map(|stored| stored.value);
    let Ok(protocol) = readable(ctx, trial.tx, &trial.id, copy.as_ref()).await? else { return Ok(false) };
    let Ok(fact) = finding.fact.parse() else { return Ok(false) };
    let spared = !laboratory::offers(&protocol, &fact);
    if spared {
        tracing::warn!(
            fact = finding.fact,
            "labs proposed a finding of what the trial file spares; nothing is raised from it"
        );
    }
    Ok(spared)
}

/// The adverse event that was made of it carries the results as they stand.
async fn amend(trial: &mut Trial<'_>, candidate: &Candidate) -> Reacted {
    let Some(event) = raised_as(candidate) else { return Ok(()) };
    let Some(stored): Option<Stored<AdverseEvent>> = trial.tx.get(event.as_str()).await? else {
        return Ok(());
    };
    if let Some(amended) = stored.value.clone().amend(candidate.evidence()) {
        let now = trial.now();
        trial.tell(events::adverse_event_changed(&amended, now));
        trial.tx.update(&stored, amended).await?;
    }
    Ok(())
}

fn raised_as(candidate: &Candidate) -> Option<&AdverseEventId> {
    match &candidate.state {
        CandidateState::Raised { adverse_event, .. } => Some(adverse_event),
        CandidateState::Open | CandidateState::Dismissed { .. } => None,
    }
}

async fn tell(
    ctx: &Ctx,
    trial: &mut Trial<'_>,
    candidate: &Candidate,
    news: News,
) -> holdpoint_chassis::error::Result<()> {
    let finding = &candidate.finding;
    let what = format!(
        "{} grade {} of subject {} (baseline grade {}), finding {}",
        finding.term, finding.grade, candidate.subject, finding.baseline_grade, candidate.id
    );
    let event = raised_as(candidate);
    let raised = event.map(|event| format!("adverse event {event}")).unwrap_or_default();
    let (kind, text) = match news {
        News::Nothing => return Ok(()),
        News::ToJudge => ("candidate-proposed", format!("to be judged: {what}")),
        News::Worsened => (
            "candidate-worsened",
            format!("worse than when it was made {raised}, which may need an update: {what}"),
        ),
        News::EvidenceWithdrawn => (
            "candidate-evidence-withdrawn",
            format!(
                "the laboratory took back the results behind {raised}; nothing is released by that: {what}"
            ),
        ),
        News::EvidenceBack => (
            "candidate-evidence-back",
            format!("the laboratory gave the results behind {raised} again: {what}"),
        ),
    };
    let urgent = news == News::ToJudge && finding.grade >= LIFE_THREATENING;
    let tell = if urgent { Tell::critical(kind, text) } else { Tell::notice(kind, text) };
    raise(ctx, trial, tell.adverse_event(event)).await
}
