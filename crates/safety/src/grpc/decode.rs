//! Requests as the wire brings them to commands: every field read, everything wrong told at once.

use std::collections::BTreeMap;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::error::Refused;
use holdpoint_chassis::fields::Fields;

use super::fields::{activities, activity, facts, head, placement, scope, since};
use crate::commands::acknowledge_alert::AcknowledgeAlert;
use crate::commands::assess_adverse_event::AssessAdverseEvent;
use crate::commands::issue_permit::IssuePermit;
use crate::commands::override_silent_peer::OverrideSilentPeer;
use crate::commands::place_hold::PlaceHold;
use crate::commands::record_board_decision::RecordBoardDecision;
use crate::commands::run_milestone_rules::RunMilestoneRules;
use crate::commands::sign_release::SignRelease;
use crate::commands::sign_rule::SignRule;
use crate::commands::triage_candidate::{Judgement, Raising, TriageCandidate};
use crate::commands::update_adverse_event::UpdateAdverseEvent;
use crate::domain::adverse_event::{Report, Update};
use crate::domain::board::Opening;
use crate::domain::ids::{AdverseEventId, TrialId};
use crate::domain::permit::Ask;
use crate::domain::release::{Papers, SignerRole};
use crate::domain::scope::Activity;
use crate::error::MALFORMED;
use crate::queries::Page;
use crate::queries::alert_stream::Subscription;
use crate::queries::alerts::ListAlerts;

type Decoded<T> = Result<T, Refused>;

pub(super) fn report(request: pb::ReportAdverseEventRequest, id: AdverseEventId) -> Decoded<Report> {
    let mut fields = Fields::of(&MALFORMED);
    let report = Report {
        id,
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        term: fields.text("term", request.term),
        onset: since(&mut fields, "onset", request.onset, &request.onset_date),
        aware_at: fields.optional_time("aware_at", request.aware_at),
        facts: facts(&mut fields, request.facts),
        evidence: None,
    };
    fields.finish(report)
}

pub(super) fn update(request: pb::UpdateAdverseEventRequest) -> Decoded<UpdateAdverseEvent> {
    let mut fields = Fields::of(&MALFORMED);
    let term = fields.optional_text("term", request.term);
    let update = UpdateAdverseEvent {
        trial: fields.id("trial", request.trial),
        adverse_event: fields.id("adverse_event", request.adverse_event),
        update: Update {
            facts: facts(&mut fields, request.facts),
            onset: since(&mut fields, "onset", request.onset, ""),
            term,
        },
    };
    fields.finish(update)
}

pub(super) fn assess(request: pb::AssessAdverseEventRequest) -> Decoded<AssessAdverseEvent> {
    let mut fields = Fields::of(&MALFORMED);
    let assess = AssessAdverseEvent {
        trial: fields.id("trial", request.trial),
        adverse_event: fields.id("adverse_event", request.adverse_event),
        facts: facts(&mut fields, request.facts),
    };
    fields.finish(assess)
}

pub(super) fn sign_rule(request: pb::SignRuleRequest) -> Decoded<SignRule> {
    let mut fields = Fields::of(&MALFORMED);
    let sign = SignRule {
        trial: fields.id("trial", request.trial),
        rule: fields.id("rule", request.rule),
        subject: fields.optional_id("subject", request.subject),
        adverse_event: fields.optional_id("adverse_event", request.adverse_event),
        speaking_for: fields.id("speaking_for", request.speaking_for),
        reference: fields.optional_text("reference", request.reference).unwrap_or_default(),
    };
    fields.finish(sign)
}

pub(super) fn place_hold(request: pb::PlaceHoldRequest) -> Decoded<PlaceHold> {
    let mut fields = Fields::of(&MALFORMED);
    let hold = PlaceHold {
        trial: fields.id("trial", request.trial),
        scope: scope(&mut fields, "scope", request.scope),
        activities: activities(&mut fields, "activities", &request.activities),
    };
    fields.finish(hold)
}

pub(super) fn board_decision(request: pb::RecordBoardDecisionRequest) -> Decoded<RecordBoardDecision> {
    let mut fields = Fields::of(&MALFORMED);
    let decision = RecordBoardDecision {
        trial: fields.id("trial", request.trial),
        text: fields.text("text", request.text),
        holds: fields.ids("holds", request.holds).into_iter().collect(),
        opens: opening(&mut fields, request.opens_cohort, request.speaking_for, request.reference),
    };
    fields.finish(decision)
}

/// Without a word the safety board decides.
fn opening(fields: &mut Fields, cohort: String, party: String, reference: String) -> Option<Opening> {
    let cohort = fields.optional_id("opens_cohort", cohort)?;
    let party: Option<String> = fields.optional_id("speaking_for", party);
    let party = party.unwrap_or_else(|| "safety-board".to_owned());
    Some(Opening {
        cohort,
        party,
        reference: fields.optional_text("reference", reference).unwrap_or_default(),
    })
}

pub(super) fn triage(request: pb::TriageCandidateRequest, id: AdverseEventId) -> Decoded<TriageCandidate> {
    let mut fields = Fields::of(&MALFORMED);
    let raising = Raising {
        id,
        term: fields.optional_text("term", request.term),
        onset: since(&mut fields, "onset", request.onset, &request.onset_date),
        aware_at: fields.optional_time("aware_at", request.aware_at),
        facts: facts(&mut fields, request.facts),
    };
    let triage = TriageCandidate {
        trial: fields.id("trial", request.trial),
        candidate: fields.id("candidate", request.candidate),
        judgement: if request.dismiss { Judgement::Dismissed } else { Judgement::Raised(raising) },
    };
    fields.finish(triage)
}

pub(super) fn sign_release(request: pb::SignReleaseRequest) -> Decoded<SignRelease> {
    let mut fields = Fields::of(&MALFORMED);
    let role = signer(&mut fields, request.as_role);
    let sign = SignRelease {
        trial: fields.id("trial", request.trial),
        hold: fields.id("hold", request.hold),
        role,
        papers: Papers {
            ethics_reference: fields
                .optional_text("ethics_reference", request.ethics_reference)
                .unwrap_or_default(),
            amendment: fields.optional_text("amendment", request.amendment).unwrap_or_default(),
            statement: fields.optional_text("statement", request.statement).unwrap_or_default(),
        },
    };
    fields.finish(sign)
}

fn signer(fields: &mut Fields, number: i32) -> SignerRole {
    match common::Role::try_from(number) {
        Ok(common::Role::BoardMember) => SignerRole::BoardMember,
        Ok(common::Role::PrincipalInvestigator) => SignerRole::PrincipalInvestigator,
        Ok(common::Role::Investigator) => SignerRole::Investigator,
        Ok(common::Role::SafetyOfficer) => SignerRole::SafetyOfficer,
        Ok(common::Role::Administrator) => SignerRole::Administrator,
        _ => {
            let allowed =
                "board member, principal investigator, investigator, safety officer or administrator";
            fields.wrong("as_role", Some(number.to_string()), allowed);
            SignerRole::Investigator
        }
    }
}

pub(super) fn issue_permit(request: pb::IssuePermitRequest) -> Decoded<IssuePermit> {
    let mut fields = Fields::of(&MALFORMED);
    let heads = request.heads.unwrap_or_default();
    let activity = activity(&mut fields, "activity", request.activity);
    if activity != Activity::Randomization && request.number == 0 {
        fields.wrong("number", Some("0".to_owned()), "the infusion's number, 1 upward");
    }
    let ask = IssuePermit {
        ask: Ask {
            ask: fields.id("ask", request.ask),
            trial: fields.id("trial", request.trial),
            activity,
            placement: placement(
                &mut fields,
                request.placement,
                request.possible_arms,
                request.possible_cohorts,
            ),
            infusion: fields.optional_id("infusion", request.infusion),
            number: request.number,
            attempt: request.attempt,
        },
        mine: head(&mut fields, "heads.mine", heads.mine),
        yours: head(&mut fields, "heads.yours", heads.yours),
    };
    fields.finish(ask)
}

pub(super) fn milestone_rules(request: pb::RunMilestoneRulesRequest) -> Decoded<RunMilestoneRules> {
    let mut fields = Fields::of(&MALFORMED);
    let heads = request.heads.unwrap_or_default();
    let rule = fields.optional_id("rule", request.rule);
    if rule.is_none() && request.event.is_empty() {
        fields.wrong("event", None, "an event of the trial file, or a rule");
    }
    let run = RunMilestoneRules {
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        event: fields.optional_text("event", request.event).unwrap_or_default(),
        milestone: fields.optional_text("milestone", request.milestone).unwrap_or_default(),
        at: since(&mut fields, "at", request.at, &request.date),
        withdrawn: request.withdrawn,
        rule,
        mine: head(&mut fields, "heads.mine", heads.mine),
        yours: head(&mut fields, "heads.yours", heads.yours),
    };
    fields.finish(run)
}

pub(super) fn override_peer(request: pb::OverrideSilentPeerRequest) -> Decoded<OverrideSilentPeer> {
    let mut fields = Fields::of(&MALFORMED);
    let cmd = OverrideSilentPeer {
        trial: fields.id("trial", request.trial),
        peer: fields.id("peer", request.peer),
    };
    fields.finish(cmd)
}

pub(super) fn acknowledge(request: pb::AcknowledgeAlertRequest) -> Decoded<AcknowledgeAlert> {
    let mut fields = Fields::of(&MALFORMED);
    let cmd = AcknowledgeAlert {
        trial: fields.id("trial", request.trial),
        alert: fields.id("alert", request.alert),
    };
    fields.finish(cmd)
}

/// The trial of a question, and the id of what is asked for.
pub(super) fn of_trial<T: From<String>, U: From<String>>(
    trial: String,
    field: &str,
    id: String,
) -> Decoded<(T, U)> {
    let mut fields = Fields::of(&MALFORMED);
    let read = (fields.id("trial", trial), fields.id(field, id));
    fields.finish(read)
}

/// The trial of a question about all of it.
pub(super) fn trial<T: From<String>>(trial: String) -> Decoded<T> {
    let mut fields = Fields::of(&MALFORMED);
    let trial = fields.id("trial", trial);
    fields.finish(trial)
}

/// Where a stream of alerts goes on. A position is a number in one trial.
pub(super) fn subscription(request: pb::SubscribeAlertsRequest) -> Decoded<Subscription> {
    let mut fields = Fields::of(&MALFORMED);
    let trial: Option<TrialId> = fields.optional_id("trial", request.trial);
    let resume = request.resume.into_iter();
    let mut resume: BTreeMap<TrialId, u64> =
        resume.map(|(trial, number)| (fields.id("resume", trial), number)).collect();
    match &trial {
        Some(trial) if request.resume_after > 0 => {
            resume.insert(trial.clone(), request.resume_after);
        }
        None if request.resume_after > 0 => {
            let found = Some(request.resume_after.to_string());
            fields.wrong("resume_after", found, "a number of the named `trial`; for several trials `resume`");
        }
        _ => {}
    }
    fields.finish(Subscription { trial, resume })
}

pub(super) fn page(trial: String, page: Option<common::Page>) -> Decoded<Page> {
    let mut fields = Fields::of(&MALFORMED);
    let (after, size) = fields.page(page);
    let page = Page { trial: fields.id("trial", trial), after, size };
    fields.finish(page)
}

pub(super) fn list_alerts(request: pb::ListAlertsRequest) -> Decoded<ListAlerts> {
    let mut fields = Fields::of(&MALFORMED);
    let (after, size) = fields.page(request.page);
    let asked = ListAlerts {
        trial: fields.id("trial", request.trial),
        unacknowledged_only: request.unacknowledged_only,
        after,
        size,
    };
    fields.finish(asked)
}
