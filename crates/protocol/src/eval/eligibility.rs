//! Whether a subject may take a step into the trial: every inclusion criterion true, every exclusion
//! criterion false, and unknown is not eligible (semantics 2, 29, 30).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;

use super::chart::Chart;
use super::condition::{Pick, ask};
use super::time::{Stamp, day_end};
use super::truth::{Answer, Truth};
use crate::Protocol;
use crate::ids::{CriterionId, EventId, FactId};
use crate::model::{Criterion, CriterionKind, CriterionStep};

/// A criterion by its full name: `include.organs`. An inclusion and an exclusion criterion may share an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CriterionName {
    /// Inclusion or exclusion.
    pub kind: CriterionKind,
    /// Its id.
    pub id: CriterionId,
}

/// A subject before a step.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Facts and events; an event that a criterion stands on is there once it is confirmed.
    pub chart: &'a Chart,
    /// What people have answered and signed: is the statement of the file true of this subject?
    pub attested: &'a BTreeMap<CriterionName, bool>,
    /// The documents that are there.
    pub documents: &'a BTreeSet<String>,
    /// The day of the step.
    pub on: Date,
}

/// One criterion, asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriterionVerdict {
    /// Which.
    pub name: CriterionName,
    /// Its truth.
    pub truth: Truth,
    /// Whether it lets the subject in: an inclusion that is true, an exclusion that is false.
    pub satisfied: bool,
    /// Sentences that decide it.
    pub reasons: Vec<String>,
    /// The facts looked at.
    pub facts: BTreeSet<FactId>,
    /// The facts nobody has given.
    pub missing: BTreeSet<FactId>,
    /// The questions nobody has answered.
    pub unanswered: Vec<String>,
    /// The documents that are not there.
    pub documents: Vec<String>,
    /// The event that has not happened, or is not confirmed.
    pub event: Option<EventId>,
}

/// All criteria of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// The step.
    pub step: CriterionStep,
    /// Whether every criterion is satisfied.
    pub eligible: bool,
    /// Each criterion, in the order of the file, inclusion first.
    pub criteria: Vec<CriterionVerdict>,
}

impl Eligibility {
    /// The criteria that stand in the way.
    pub fn unsatisfied(&self) -> impl Iterator<Item = &CriterionVerdict> {
        self.criteria.iter().filter(|verdict| !verdict.satisfied)
    }

    /// All facts that are missing.
    pub fn missing(&self) -> BTreeSet<&FactId> {
        self.criteria.iter().flat_map(|verdict| &verdict.missing).collect()
    }
}

impl fmt::Display for CriterionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.id)
    }
}

impl std::str::FromStr for CriterionName {
    type Err = crate::ids::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || crate::ids::InvalidId { found: text.to_owned() };
        let (kind, id) = text.split_once('.').ok_or_else(invalid)?;
        let kind = CriterionKind::from_word(kind).ok_or_else(invalid)?;
        Ok(Self { kind, id: id.parse()? })
    }
}

/// Whether a criterion is asked at a step. One for the day of consent is asked again at the later steps,
/// with the value of that day, so that a correction of it is noticed.
pub fn asked_at(criterion: &Criterion, step: CriterionStep) -> bool {
    match criterion.at {
        None => step != CriterionStep::Consent,
        Some(CriterionStep::Consent) => true,
        Some(at) => at == step,
    }
}

/// Asks every criterion of a step.
pub fn assess(protocol: &Protocol, step: CriterionStep, candidate: &Candidate<'_>) -> Eligibility {
    let all = protocol.include.values().chain(protocol.exclude.values());
    let asked = all.filter(|criterion| asked_at(criterion, step));
    let criteria: Vec<CriterionVerdict> = asked.map(|criterion| judge(criterion, candidate)).collect();
    Eligibility { step, eligible: criteria.iter().all(|verdict| verdict.satisfied), criteria }
}

fn judge(criterion: &Criterion, candidate: &Candidate<'_>) -> CriterionVerdict {
    let name = CriterionName { kind: criterion.kind, id: criterion.id.clone() };
    let answered = candidate.attested.get(&name).copied();
    let absent = |document: &&String| !candidate.documents.contains(*document);
    let documents: Vec<String> = criterion.needs.iter().filter(absent).cloned().collect();
    let happened = |event: &EventId| !candidate.chart.times_of(event).is_empty();
    let event = criterion.on.as_ref().filter(|event| !happened(event)).cloned();

    let mut parts = Vec::new();
    parts.extend(criterion.when.as_ref().map(|_| fact_part(criterion, candidate)));
    parts.extend(criterion.attest.as_ref().map(|question| attested(question, answered)));
    if !criterion.needs.is_empty() {
        let reason = if documents.is_empty() {
            "the documents are there".to_owned()
        } else {
            absent_words(&documents)
        };
        parts.push(Answer::known(Truth::from(documents.is_empty()), reason));
    }
    parts.extend(criterion.on.as_ref().map(|on| {
        let words = if event.is_none() { "has happened" } else { "has not happened, or is not confirmed" };
        Answer::known(Truth::from(event.is_none()), format!("{on} {words}"))
    }));
    let first_way = Answer::all(parts);
    let second_way = criterion.or_attest.as_ref().filter(|_| first_way.truth != Truth::True);
    let answer = match second_way {
        Some(question) => first_way.or(attested(question, answered)),
        None => first_way,
    };
    let wanted = if criterion.kind == CriterionKind::Include { Truth::True } else { Truth::False };
    let questions = criterion.attest.iter().chain(second_way);
    CriterionVerdict {
        name,
        satisfied: answer.truth == wanted,
        truth: answer.truth,
        reasons: answer.reasons,
        facts: answer.read,
        missing: answer.missing,
        unanswered: questions.filter(|_| answered.is_none()).cloned().collect(),
        documents,
        event,
    }
}

fn absent_words(documents: &[String]) -> String {
    format!("not there: {}", documents.join(", "))
}

fn attested(question: &str, answered: Option<bool>) -> Answer {
    match answered {
        Some(true) => Answer::known(Truth::True, format!("answered yes: {question}")),
        Some(false) => Answer::known(Truth::False, format!("answered no: {question}")),
        None => Answer::known(Truth::Unknown, format!("nobody has answered: {question}")),
    }
}

/// The condition with the values of the step's day, or of the day of consent. Where two values of a day
/// differ, the one against the subject stands.
fn fact_part(criterion: &Criterion, candidate: &Candidate<'_>) -> Answer {
    let Some(when) = &criterion.when else { return Answer::bare(Truth::True) };
    let chart = candidate.chart;
    let day = match criterion.at {
        Some(CriterionStep::Consent) => consent_day(chart),
        _ => Some(candidate.on),
    };
    let Some(day) = day else {
        return Answer::known(Truth::Unknown, "the day of consent is not known");
    };
    let pick = if criterion.kind == CriterionKind::Include { Pick::Worst } else { Pick::Best };
    ask(when, &chart.at(day_end(day, &chart.zone), pick))
}

/// The day of the newest consent: who consents anew is asked anew.
fn consent_day(chart: &Chart) -> Option<Date> {
    let consents = chart.events.get("consent").map_or(&[][..], Vec::as_slice);
    consents.iter().filter_map(|stamp: &Stamp| stamp.day(&chart.zone)).max()
}
