//! Whether a subject may take a step: every criterion of the version consented to, asked of the newest facts at the
//! moment of asking. Unknown is not eligible, and there is no waiver (semantics 2; field.md stories 2 and 6).

mod baseline;
mod signature;
mod wish;

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use holdpoint_protocol::eval::eligibility::{self, Candidate, CriterionName, CriterionVerdict};
use holdpoint_protocol::model::CriterionStep;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::FOLLOWUP;
use crate::calendar;
use crate::chart;
use crate::ctx::Ctx;
use crate::domain::consent::Consents;
use crate::domain::fact::Attestation;
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::NOT_ELIGIBLE;
use crate::store::subject_key;

pub use baseline::asks as baseline_asks;
pub use signature::{attested_events, find, proposed, stands_on_ground};
pub use wish::{Named, factors, wish};

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
    let mut criteria: Vec<Criterion> = judged.criteria.into_iter().map(criterion).collect();
    if step == Step::Randomization && ctx.hears(FOLLOWUP) {
        criteria.extend(baseline::set(&protocol, tx, subject, &chart, on).await?);
    }
    Ok(Judgement { eligible: criteria.iter().all(|criterion| criterion.satisfied), criteria })
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
