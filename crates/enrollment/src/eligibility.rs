//! Whether a subject may take a step: every criterion of the version consented to, asked of the newest facts at the
//! moment of asking. Unknown is not eligible, and there is no waiver (semantics 2; field.md stories 2 and 6).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::eligibility::{self, Candidate, CriterionName, CriterionVerdict};
use holdpoint_protocol::eval::events::{EventStanding, Evidence, derive};
use holdpoint_protocol::eval::{Chart, Pick, ask};
use holdpoint_protocol::ids::EventId;
use holdpoint_protocol::model::{CriterionStep, Event};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::chart;
use crate::ctx::Ctx;
use crate::domain::consent::Consents;
use crate::domain::fact::Attestation;
use crate::domain::randomization::Stratum;
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::{NOT_ELIGIBLE, NOT_PROPOSED};
use crate::store::subject_key;

/// A step into the trial (semantics 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Registration, after consent.
    Enrollment,
    /// Allocation.
    Randomization,
}

impl Step {
    /// As the contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enrollment => "enrollment",
            Self::Randomization => "randomization",
        }
    }

    fn criterion_step(self) -> CriterionStep {
        match self {
            Self::Enrollment => CriterionStep::Enrollment,
            Self::Randomization => CriterionStep::Randomization,
        }
    }
}

/// One criterion, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// "include.age"
    pub id: String,
    /// "true", "false", "unknown"
    pub truth: String,
    /// Whether it lets the subject in.
    pub satisfied: bool,
    /// Facts looked at.
    pub facts: Vec<String>,
    /// Facts, answers, documents and events that nobody has given.
    pub missing: Vec<String>,
    /// Why, in sentences.
    pub reason: String,
}

/// All criteria of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Every criterion is satisfied.
    pub eligible: bool,
    /// Each, in the order of the file.
    pub criteria: Vec<Criterion>,
}

impl Judgement {
    /// Refuses where a criterion stands in the way, naming each with what is missing.
    pub fn required(&self) -> Result<()> {
        if self.eligible {
            return Ok(());
        }
        let in_the_way = self.criteria.iter().filter(|criterion| !criterion.satisfied);
        let refused = NOT_ELIGIBLE.refuse("the subject is not eligible at this moment");
        let told = in_the_way.fold(refused, |refused, criterion| {
            let missing = match criterion.missing.as_slice() {
                [] => criterion.reason.clone(),
                missing => format!("missing: {}", missing.join(", ")),
            };
            refused.field(criterion.id.clone(), Some(criterion.truth.clone()), missing)
        });
        Err(told.into())
    }
}

/// Judges every criterion asked at a step.
pub async fn judge(
    ctx: &Ctx,
    tx: &Tx,
    trial: &Trial,
    subject: &Subject,
    step: Step,
    now: Timestamp,
) -> Result<Judgement> {
    let protocol = ctx.protocol_of(tx, trial, subject.version()).await?;
    let zone = calendar::zone(trial, &subject.site)?;
    let on = calendar::day(now, &zone);
    let chart = chart::of(tx, subject, zone).await?;
    let signed = signed(tx, subject).await?;
    let named = signed.iter().filter_map(|(name, holds)| Some((name.parse().ok()?, *holds)));
    let attested: BTreeMap<CriterionName, bool> = named.collect();
    let documents = subject.consents().into_iter().flat_map(Consents::documents).map(str::to_owned).collect();
    let candidate = Candidate { chart: &chart, attested: &attested, documents: &documents, on };
    let judged = eligibility::assess(&protocol, step.criterion_step(), &candidate);
    let criteria = judged.criteria.into_iter().map(criterion).collect();
    Ok(Judgement { eligible: judged.eligible, criteria })
}

fn criterion(verdict: CriterionVerdict) -> Criterion {
    let facts = verdict.missing.iter().map(ToString::to_string);
    let answers = verdict.unanswered.iter().map(|question| format!("answer to: {question}"));
    let documents = verdict.documents.iter().map(|document| format!("document {document}"));
    let event = verdict.event.iter().map(|event| format!("event {event}"));
    Criterion {
        id: verdict.name.to_string(),
        truth: verdict.truth.to_string(),
        satisfied: verdict.satisfied,
        facts: verdict.facts.iter().map(ToString::to_string).collect(),
        missing: facts.chain(answers).chain(documents).chain(event).collect(),
        reason: verdict.reasons.join("; "),
    }
}

/// The newest signed answer to each question, by its written name: "include.organs", "event.cytopenia".
pub async fn signed(tx: &Tx, subject: &Subject) -> Result<BTreeMap<String, bool>> {
    let key = subject_key(&subject.trial, &subject.id);
    let answers = tx.find::<Attestation>(&[("subject", &key)]).await?;
    Ok(answers.iter().map(|given| (given.criterion.clone(), given.holds)).collect())
}

/// The stratum of a subject, from the facts that the file stratifies by, at the moment its place is drawn. A stratum
/// that is not known allocates nobody.
pub async fn stratum(
    ctx: &Ctx,
    tx: &Tx,
    trial: &Trial,
    subject: &Subject,
    now: Timestamp,
) -> Result<Stratum> {
    let protocol = ctx.protocol_of(tx, trial, subject.version()).await?;
    if protocol.allocation.strata.is_empty() {
        return Ok(Stratum::default());
    }
    let zone = calendar::zone(trial, &subject.site)?;
    let chart = chart::of(tx, subject, zone.clone()).await?;
    let mut of = vec![];
    for fact in &protocol.allocation.strata {
        let standing = fact.parse().ok().map(|id| chart.facts.standing(&id, Some(now), &zone));
        match standing.as_deref() {
            Some([observed]) => of.push((fact.clone(), observed.value.to_string())),
            _ => {
                let refused = NOT_ELIGIBLE.refuse("the subject's stratum is not known");
                return Err(refused.field(fact.clone(), None, "one recorded value").into());
            }
        }
    }
    Ok(Stratum::new(of))
}

/// The day of the newest signed answer to the second way into each event (`or-attest`), where it was yes.
pub async fn attested_events(tx: &Tx, subject: &Subject) -> Result<BTreeMap<EventId, Date>> {
    let key = subject_key(&subject.trial, &subject.id);
    let mut attested = BTreeMap::new();
    for given in tx.find::<Attestation>(&[("subject", &key)]).await? {
        let Some(Ok(event)) = given.criterion.strip_prefix("event.").map(str::parse::<EventId>) else {
            continue;
        };
        if given.holds {
            attested.insert(event, given.date);
        } else {
            attested.remove(&event);
        }
    }
    Ok(attested)
}

/// Whether the facts recorded so far show an event that the file wants signed; refused with the reasons, and with the
/// facts that are missing, where they do not or do not decide it. A part that may be attested counts as signed, and an
/// earlier signature of the event itself shows nothing (semantics 27).
pub fn proposed(
    protocol: &Protocol,
    event: &Event,
    mut chart: Chart,
    attested: &BTreeMap<EventId, Date>,
    now: Timestamp,
) -> Result<()> {
    chart.events.remove(&event.id);
    let evidence = Evidence { chart: &chart, attested, today: calendar::day(now, &chart.zone) };
    let found = derive(protocol, &event.id, &evidence, None);
    if matches!(found.standing, EventStanding::Proposed | EventStanding::Counts) {
        return Ok(());
    }
    let mut missing: BTreeSet<String> = found.missing.iter().map(ToString::to_string).collect();
    missing.extend(unanswered(event, &chart, now));
    for part in &event.all_of {
        if derive(protocol, part, &evidence, None).standing != EventStanding::Counts {
            missing.insert(format!("event {part}"));
            missing.extend(protocol.event(part).into_iter().flat_map(|part| unanswered(part, &chart, now)));
        }
    }
    let missing: Vec<_> = missing.into_iter().collect();
    let message = format!("what was recorded does not show {}: {}", event.id, found.reasons.join("; "));
    Err(NOT_PROPOSED.refuse(message).field("event", None, format!("missing: {}", missing.join(", "))).into())
}

/// The facts that an event's own condition asks for and nobody has given.
fn unanswered(event: &Event, chart: &Chart, now: Timestamp) -> Vec<String> {
    let asked = event.run.as_ref().map(|run| ask(&run.when, &chart.at(now, Pick::Worst)));
    asked.into_iter().flat_map(|answer| answer.missing).map(|fact| fact.to_string()).collect()
}
