//! Answers as the wire carries them.

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::value::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_protocol::eval::escalation::Level;

use crate::commands::HoldShown;
use crate::commands::issue_permit::Issued;
use crate::commands::report_adverse_event::Reported;
use crate::commands::sign_release::Signed;
use crate::commands::triage_candidate::Triaged;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::candidate::{Candidate, CandidateState};
use crate::domain::fact::{FactValue, Since};
use crate::domain::hold::{Effectiveness, Hold, HoldState};
use crate::domain::obligation::{Obligation, ObligationState};
use crate::domain::permit::Permit;
use crate::domain::release::{Signature, SignerRole};
use crate::events::{activity, alert_message, cause, in_flight, kind, scope, timestamp};
use crate::queries::escalation::Shown as EscalationShown;
use crate::queries::events::EventShown;
use crate::rules::CohortStands;
use crate::store::VerdictWords;

pub(super) fn role(role: SignerRole) -> common::Role {
    match role {
        SignerRole::BoardMember => common::Role::BoardMember,
        SignerRole::PrincipalInvestigator => common::Role::PrincipalInvestigator,
        SignerRole::Investigator => common::Role::Investigator,
        SignerRole::SafetyOfficer => common::Role::SafetyOfficer,
        SignerRole::Administrator => common::Role::Administrator,
    }
}

fn signature(signature: &Signature) -> pb::ReleaseSignature {
    pb::ReleaseSignature {
        by: signature.by.to_string(),
        role: role(signature.role).into(),
        at: Some(timestamp(signature.at)),
        reason: signature.reason.clone(),
        ethics_reference: signature.papers.ethics_reference.clone(),
        amendment: signature.papers.amendment.clone(),
        statement: signature.papers.statement.clone(),
    }
}

/// When a hold became effective and was released, and who signed.
fn parts(hold: &Hold) -> (Option<&Effectiveness>, Option<jiff::Timestamp>, &[Signature]) {
    match &hold.state {
        HoldState::Placed => (None, None, &[]),
        HoldState::Effective { since, signatures } => (Some(since), None, signatures),
        HoldState::Released { since, release } => (Some(since), Some(release.at), &release.signatures),
    }
}

pub(super) fn hold(shown: &HoldShown) -> pb::HoldView {
    let hold = &shown.hold;
    let (rule, adverse_event) = cause(&hold.cause);
    let (since, released_at, signatures) = parts(hold);
    pb::HoldView {
        trial: hold.trial.to_string(),
        hold: hold.id.to_string(),
        scope: Some(scope(&hold.scope)),
        activities: hold.activities.iter().map(|one| activity(*one).into()).collect(),
        kind: kind(&hold.kind).into(),
        reason: hold.reason.clone(),
        rule,
        adverse_event,
        state: hold.word().to_owned(),
        placed_at: Some(timestamp(hold.placed_at)),
        effective_at: since.map(|since| timestamp(since.at)),
        released_at: released_at.map(timestamp),
        in_flight: hold.in_flight.iter().map(in_flight).collect(),
        epoch: hold.epoch,
        signatures: signatures.iter().map(signature).collect(),
        effective_after_ms: since.and_then(|since| since.after_ms).unwrap_or(0),
        effective_within_ms: shown.effective_within_ms,
    }
}

pub(super) fn verdict(verdict: &VerdictWords) -> pb::RuleVerdict {
    pb::RuleVerdict {
        rule: verdict.rule.clone(),
        truth: verdict.truth.word().to_owned(),
        reason: verdict.reason.clone(),
        did: verdict.did.clone(),
    }
}

pub(super) fn reported(reported: &Reported) -> pb::ReportAdverseEventResponse {
    pb::ReportAdverseEventResponse {
        adverse_event: reported.adverse_event.to_string(),
        version: reported.version,
        holds: reported.holds.iter().map(hold).collect(),
        rules: reported.rules.iter().map(verdict).collect(),
        missing: reported.missing.clone(),
        obligations: reported.obligations.clone(),
    }
}

pub(super) fn signed(signed: &Signed) -> pb::SignReleaseResponse {
    pb::SignReleaseResponse {
        hold: Some(hold(&signed.hold)),
        released: signed.released,
        missing: signed.missing.iter().map(|missing| role(*missing).into()).collect(),
    }
}

pub(super) fn issued(issued: &Issued) -> pb::IssuePermitResponse {
    pb::IssuePermitResponse {
        permit: issued.permit.id.to_string(),
        life_ms: issued.permit.terms.life_ms,
        margin_ms: issued.permit.terms.margin_ms,
        epoch: issued.permit.epoch,
        heads: Some(common::Heads { mine: Some(issued.mine.into()), yours: Some(issued.yours.into()) }),
    }
}

pub(super) fn alert(alert: &Alert) -> pb::AlertView {
    let (by, at) = match &alert.state {
        AlertState::Open { .. } => (String::new(), None),
        AlertState::Acknowledged { by, at } => (by.to_string(), Some(timestamp(*at))),
    };
    pb::AlertView { alert: Some(alert_message(alert)), acknowledged_by: by, acknowledged_at: at }
}

fn value(value: &FactValue) -> common::Value {
    let (of, unit) = match value {
        FactValue::Number { value, unit } => (Of::Number(value.to_string()), unit.clone()),
        FactValue::Yes(yes) => (Of::Yes(*yes), String::new()),
        FactValue::Word(word) => (Of::Word(word.clone()), String::new()),
        FactValue::Words(words) => {
            (Of::Words(common::Words { word: words.iter().cloned().collect() }), String::new())
        }
        FactValue::Date(date) => (Of::Date(date.to_string()), String::new()),
    };
    common::Value { of: Some(of), unit }
}

/// The moment, or the day where only that is known.
pub(super) fn since(since: Since) -> (Option<prost_types::Timestamp>, String) {
    match since {
        Since::Unknown => (None, String::new()),
        Since::On(date) => (None, date.to_string()),
        Since::At(at) => (Some(timestamp(at)), String::new()),
    }
}

pub(super) fn event(shown: &EventShown) -> pb::AdverseEvent {
    let event = &shown.event;
    let facts = event.facts.iter().flat_map(|(fact, history)| {
        history.changes().iter().map(move |change| {
            let (at, date) = since(change.since);
            let value = Some(value(&change.value));
            pb::AdverseEventFact { fact: fact.clone(), value, since: at, since_date: date }
        })
    });
    pb::AdverseEvent {
        trial: event.trial.to_string(),
        subject: event.subject.to_string(),
        adverse_event: event.id.to_string(),
        term: event.term.clone(),
        onset: since(event.onset).0,
        facts: facts.collect(),
        version: event.version,
        rules: shown.verdicts.iter().map(verdict).collect(),
        holds: shown.holds.iter().map(ToString::to_string).collect(),
        serious: shown.serious.word().to_owned(),
        aware_at: Some(timestamp(event.aware_at)),
        reported_at: Some(timestamp(event.reported_at)),
        candidate: event.evidence.as_ref().map(|of| of.candidate.to_string()).unwrap_or_default(),
        evidence: event.evidence.as_ref().map(|of| of.results.clone()).unwrap_or_default(),
        evidence_withdrawn: event.evidence.as_ref().is_some_and(|of| of.withdrawn),
        unruled: shown.unruled,
    }
}

pub(super) fn candidate(candidate: &Candidate) -> pb::Candidate {
    let finding = &candidate.finding;
    let mut shown = pb::Candidate {
        trial: candidate.trial.to_string(),
        subject: candidate.subject.to_string(),
        candidate: candidate.id.to_string(),
        fact: finding.fact.clone(),
        term: finding.term.clone(),
        scale: finding.scale.clone(),
        grade: finding.grade,
        baseline_grade: finding.baseline_grade,
        from: finding.from.map(|day| day.to_string()).unwrap_or_default(),
        evidence: finding.evidence.clone(),
        state: candidate.word().to_owned(),
        proposed_at: Some(timestamp(candidate.proposed_at)),
        ..Default::default()
    };
    match &candidate.state {
        CandidateState::Open => {}
        CandidateState::Raised { adverse_event, by, at } => {
            shown.adverse_event = adverse_event.to_string();
            (shown.by, shown.at) = (by.to_string(), Some(timestamp(*at)));
        }
        CandidateState::Dismissed { by, at, reason, .. } => {
            shown.reason = reason.clone();
            (shown.by, shown.at) = (by.to_string(), Some(timestamp(*at)));
        }
    }
    shown
}

pub(super) fn triaged(triaged: &Triaged) -> pb::TriageCandidateResponse {
    pb::TriageCandidateResponse {
        candidate: Some(candidate(&triaged.candidate)),
        report: triaged.reported.as_ref().map(reported),
    }
}

/// Where the next page begins; empty at the end.
pub(super) fn next(place: Option<i64>) -> String {
    place.map(|place| place.to_string()).unwrap_or_default()
}

pub(super) fn escalation(shown: &EscalationShown) -> pb::EscalationView {
    let mut view = pb::EscalationView {
        cohorts: shown.cohorts.iter().map(cohort).collect(),
        next_first_dose: shown.next_first_dose.map(timestamp),
        ..Default::default()
    };
    let Some((level, lacks)) = &shown.level else { return view };
    view.waits = lacks.words.clone();
    let (word, cohort) = match level {
        Level::Open(cohort) => ("open", Some(cohort)),
        Level::Observing { cohort, .. } => ("observing", Some(cohort)),
        Level::Deciding { next, roles } => {
            view.undecided = roles.iter().map(ToString::to_string).collect();
            ("deciding", Some(next))
        }
        Level::Stopped { at, .. } => ("stopped", Some(at)),
        Level::Complete => ("complete", None),
    };
    view.level = word.to_owned();
    view.cohort = cohort.map(ToString::to_string).unwrap_or_default();
    view
}

fn cohort(stands: &CohortStands) -> pb::CohortView {
    pb::CohortView {
        cohort: stands.cohort.to_string(),
        placed: stands.placed,
        started: stands.started,
        most: stands.most.unwrap_or(0),
    }
}

pub(super) fn obligation(obligation: &Obligation, overdue: bool) -> pb::Obligation {
    let open = matches!(obligation.state, ObligationState::Open { .. });
    pb::Obligation {
        obligation: obligation.id.to_string(),
        adverse_event: obligation.adverse_event.to_string(),
        report: obligation.report.clone(),
        to: obligation.to.clone(),
        due: Some(timestamp(obligation.due)),
        state: (if open { "open" } else { "closed" }).to_owned(),
        since: Some(timestamp(obligation.since)),
        overdue,
    }
}

pub(super) fn permit(permit: &Permit) -> pb::Permit {
    pb::Permit {
        permit: permit.id.to_string(),
        activity: activity(permit.asked.activity).into(),
        subject: permit.asked.placement.subject.to_string(),
        infusion: permit.asked.infusion.as_ref().map(ToString::to_string).unwrap_or_default(),
        number: permit.asked.number,
        state: permit.word().to_owned(),
        issued_at: Some(timestamp(permit.issued_at)),
        epoch: permit.epoch,
    }
}
