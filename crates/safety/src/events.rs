//! What safety publishes: each event of the domain as a journal row with its message. The only place that knows both.

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_journal::{Chain, Entry};
use jiff::Timestamp;
use prost::Message;
use prost_types::Timestamp as ProtoTimestamp;

use crate::domain::adverse_event::AdverseEvent;
use crate::domain::alert::Alert;
use crate::domain::board::Decision;
use crate::domain::fact::{FactValue, Since};
use crate::domain::hold::{Cause, Effectiveness, Hold, HoldKind, InFlight};
use crate::domain::obligation::Obligation;
use crate::domain::release::Release;
use crate::domain::scope::{Activity, Scope};

/// A moment on the wire.
pub fn timestamp(at: Timestamp) -> ProtoTimestamp {
    ProtoTimestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// An activity on the wire.
pub fn activity(activity: Activity) -> common::Activity {
    match activity {
        Activity::Randomization => common::Activity::Randomization,
        Activity::FirstDose => common::Activity::FirstDose,
        Activity::Dosing => common::Activity::Dosing,
    }
}

/// A scope on the wire.
pub fn scope(scope: &Scope) -> common::Scope {
    use common::scope::Of;
    let of = match scope {
        Scope::Trial => Of::Trial(true),
        Scope::Site(site) => Of::Site(site.to_string()),
        Scope::Arm(arm) => Of::Arm(arm.to_string()),
        Scope::Cohort(cohort) => Of::Cohort(cohort.to_string()),
        Scope::Subject(subject) => Of::Subject(subject.to_string()),
    };
    common::Scope { of: Some(of) }
}

/// A hold's kind on the wire.
pub fn kind(kind: &HoldKind) -> pb::HoldKind {
    match kind {
        HoldKind::PendingAssessment { .. } => pb::HoldKind::PendingAssessment,
        HoldKind::PendingBoardDecision => pb::HoldKind::PendingBoardDecision,
        HoldKind::DoseReductionRequired => pb::HoldKind::DoseReductionRequired,
        HoldKind::Reconciliation => pb::HoldKind::Reconciliation,
        HoldKind::Permanent => pb::HoldKind::Permanent,
    }
}

/// Something in flight on the wire.
pub fn in_flight(known: &InFlight) -> pb::InFlight {
    pb::InFlight {
        permit: known.permit.to_string(),
        activity: activity(known.activity).into(),
        subject: known.subject.to_string(),
        infusion: known.infusion.as_ref().map(ToString::to_string).unwrap_or_default(),
        number: known.number,
        settled: known.settled,
    }
}

/// The rule and the adverse event behind a hold; empty where there is none.
pub fn cause(cause: &Cause) -> (String, String) {
    match cause {
        Cause::Rule(cause) => {
            let event = cause.adverse_event.as_ref().map(ToString::to_string).unwrap_or_default();
            (cause.rule.to_string(), event)
        }
        Cause::Person | Cause::WentBack(_) | Cause::Forgotten => (String::new(), String::new()),
    }
}

/// The service whose going back in time is behind a hold; empty where that is not the cause.
fn went_back(cause: &Cause) -> String {
    match cause {
        Cause::WentBack(service) => service.to_string(),
        Cause::Rule(_) | Cause::Person | Cause::Forgotten => String::new(),
    }
}

/// A length of time in whole milliseconds.
pub fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

fn event(trial: impl AsRef<str>, name: &'static str, message: &impl Message) -> Entry {
    Entry::event(Chain::trial(trial.as_ref()), name, message.encode_to_vec())
}

/// A hold was placed. No reader may pass it over.
pub fn hold_placed(hold: &Hold) -> Entry {
    let (rule, adverse_event) = cause(&hold.cause);
    let message = pb::HoldPlaced {
        trial: hold.trial.to_string(),
        hold: hold.id.to_string(),
        scope: Some(scope(&hold.scope)),
        activities: hold.activities.iter().map(|one| activity(*one).into()).collect(),
        kind: kind(&hold.kind).into(),
        reason: hold.reason.clone(),
        rule,
        adverse_event,
        at: Some(timestamp(hold.placed_at)),
        in_flight: hold.in_flight.iter().map(in_flight).collect(),
        epoch: hold.epoch,
        went_back: went_back(&hold.cause),
    };
    event(&hold.trial, "holdpoint.safety.v1.HoldPlaced", &message).critical()
}

/// A hold became effective.
pub fn hold_effective(hold: &Hold, since: &Effectiveness) -> Entry {
    let message = pb::HoldEffective {
        trial: hold.trial.to_string(),
        hold: hold.id.to_string(),
        at: Some(timestamp(since.at)),
        how: since.how.word().to_owned(),
        epoch: hold.epoch,
    };
    event(&hold.trial, "holdpoint.safety.v1.HoldEffective", &message).critical()
}

/// A hold was released, and no other.
pub fn hold_released(hold: &Hold, release: &Release) -> Entry {
    let message = pb::HoldReleased {
        trial: hold.trial.to_string(),
        hold: hold.id.to_string(),
        at: Some(timestamp(release.at)),
        reason: release.reason(),
        ethics_reference: release.ethics_reference().to_owned(),
        epoch: hold.epoch,
    };
    event(&hold.trial, "holdpoint.safety.v1.HoldReleased", &message).critical()
}

/// A hold changed its kind after an assessment.
pub fn hold_reclassified(hold: &Hold) -> Entry {
    let message = pb::HoldReclassified {
        trial: hold.trial.to_string(),
        hold: hold.id.to_string(),
        kind: kind(&hold.kind).into(),
        epoch: hold.epoch,
    };
    event(&hold.trial, "holdpoint.safety.v1.HoldReclassified", &message).critical()
}

/// One signature of two: the audit trail's, and nobody else's business yet.
pub fn release_signed(hold: &Hold) -> Entry {
    let private = serde_json::json!({ "hold": hold.id, "state": hold.state });
    Entry::audit(Chain::trial(hold.trial.as_str()), "holdpoint.safety.audit.ReleaseSigned", private)
}

/// A permit was given, or adopted from a peer's journal.
pub fn permit_issued(permit: &crate::domain::permit::Permit) -> Entry {
    let private = serde_json::to_value(permit).unwrap_or_default();
    let chain = Chain::trial(permit.asked.trial.as_str());
    Entry::audit(chain, "holdpoint.safety.audit.PermitIssued", private)
}

/// A person answers for a silent peer.
pub fn peer_overridden(trial: impl AsRef<str>, peer: &str) -> Entry {
    let private = serde_json::json!({ "peer": peer });
    Entry::audit(Chain::trial(trial.as_ref()), "holdpoint.safety.audit.SilentPeerOverridden", private)
}

/// A rule was signed by a person, on behalf of somebody.
pub fn rule_signed(
    trial: impl AsRef<str>,
    rule: &str,
    subject: &str,
    for_whom: &str,
    reference: &str,
) -> Entry {
    let private = serde_json::json!({
        "rule": rule, "subject": subject, "speaking_for": for_whom, "reference": reference
    });
    Entry::audit(Chain::trial(trial.as_ref()), "holdpoint.safety.audit.RuleSigned", private)
}

/// What a fact says, as a number where the grade and as yes where seriousness is asked.
fn grade(event: &AdverseEvent) -> u32 {
    match event.fact("grade").map(|change| &change.value) {
        Some(FactValue::Number { value, .. }) => value.to_string().parse().unwrap_or(0),
        _ => 0,
    }
}

fn serious(event: &AdverseEvent) -> bool {
    matches!(event.fact("serious").map(|change| &change.value), Some(FactValue::Yes(true)))
}

/// The first version of an adverse event; the reported facts stay in the private part.
pub fn adverse_event_reported(reported: &AdverseEvent) -> Entry {
    let onset = match reported.onset {
        Since::At(at) => Some(timestamp(at)),
        Since::On(_) | Since::Unknown => None,
    };
    let message = pb::AdverseEventReported {
        trial: reported.trial.to_string(),
        subject: reported.subject.to_string(),
        adverse_event: reported.id.to_string(),
        term: reported.term.clone(),
        onset,
        grade: grade(reported),
        serious: serious(reported),
        reported_at: Some(timestamp(reported.reported_at)),
    };
    event(&reported.trial, "holdpoint.safety.v1.AdverseEventReported", &message)
        .private(serde_json::to_value(reported).unwrap_or_default())
}

/// A further version of an adverse event.
pub fn adverse_event_changed(changed: &AdverseEvent, at: Timestamp) -> Entry {
    let message = pb::AdverseEventChanged {
        trial: changed.trial.to_string(),
        subject: changed.subject.to_string(),
        adverse_event: changed.id.to_string(),
        grade: grade(changed),
        serious: serious(changed),
        at: Some(timestamp(at)),
    };
    event(&changed.trial, "holdpoint.safety.v1.AdverseEventChanged", &message)
        .private(serde_json::to_value(changed).unwrap_or_default())
}

/// An alert as streams and listings show it.
pub fn alert_message(alert: &Alert) -> pb::AlertRaised {
    pb::AlertRaised {
        trial: alert.trial.to_string(),
        alert: alert.id.to_string(),
        number: alert.number,
        severity: alert.severity.word().to_owned(),
        kind: alert.kind.clone(),
        text: alert.text.clone(),
        at: Some(timestamp(alert.at)),
        hold: alert.hold.as_ref().map(ToString::to_string).unwrap_or_default(),
        adverse_event: alert.adverse_event.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// An alert was raised.
pub fn alert_raised(alert: &Alert) -> Entry {
    event(&alert.trial, "holdpoint.safety.v1.AlertRaised", &alert_message(alert))
}

/// An alert has an owner.
pub fn alert_acknowledged(alert: &Alert, by: &str, at: Timestamp) -> Entry {
    let message = pb::AlertAcknowledged {
        trial: alert.trial.to_string(),
        alert: alert.id.to_string(),
        by: by.to_owned(),
        at: Some(timestamp(at)),
    };
    event(&alert.trial, "holdpoint.safety.v1.AlertAcknowledged", &message)
}

/// A reporting clock started.
pub fn obligation_opened(obligation: &Obligation) -> Entry {
    let message = pb::ObligationOpened {
        trial: obligation.trial.to_string(),
        obligation: obligation.id.to_string(),
        adverse_event: obligation.adverse_event.to_string(),
        report: obligation.report.clone(),
        to: obligation.to.clone(),
        due: Some(timestamp(obligation.due)),
    };
    event(&obligation.trial, "holdpoint.safety.v1.ObligationOpened", &message)
}

/// A reporting clock was stopped by an assessment.
pub fn obligation_closed(obligation: &Obligation) -> Entry {
    let private = serde_json::json!({ "obligation": obligation.id });
    let chain = Chain::trial(obligation.trial.as_str());
    Entry::audit(chain, "holdpoint.safety.audit.ObligationClosed", private)
}

/// The board decided.
pub fn board_decided(decision: &Decision) -> Entry {
    let message = pb::BoardDecided {
        trial: decision.trial.to_string(),
        decision: decision.id.to_string(),
        text: decision.text.clone(),
        at: Some(timestamp(decision.at)),
    };
    event(&decision.trial, "holdpoint.safety.v1.BoardDecided", &message)
}

/// A rule's own verb on a subject.
pub fn subject_measure(trial: impl AsRef<str>, subject: &str, rule: &str, verb: &str, hold: &str) -> Entry {
    let message = pb::SubjectMeasure {
        trial: trial.as_ref().to_owned(),
        subject: subject.to_owned(),
        rule: rule.to_owned(),
        verb: verb.to_owned(),
        hold: hold.to_owned(),
    };
    event(trial, "holdpoint.safety.v1.SubjectMeasure", &message).critical()
}
