//! Requests as the domain reads them. Where protobuf stops.

use holdpoint_api::common::v1 as common;
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_chassis::error::Result;
use holdpoint_chassis::fields::date;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{By, Request};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::fields::Fields;
use crate::commands::acknowledge_allocation::AcknowledgeAllocation;
use crate::commands::activate_protocol::ActivateProtocol;
use crate::commands::assess_eligibility::AssessEligibility;
use crate::commands::attest::Attest;
use crate::commands::confirm_assumption::ConfirmAssumption;
use crate::commands::confirm_event::ConfirmEvent;
use crate::commands::delegate_role::DelegateRole;
use crate::commands::discontinue::Discontinue;
use crate::commands::end_delegation::EndDelegation;
use crate::commands::fail_screening::FailScreening;
use crate::commands::randomize::Randomize;
use crate::commands::record_consent::RecordConsent;
use crate::commands::record_ethics_approval::RecordEthicsApproval;
use crate::commands::record_fact::RecordFact;
use crate::commands::record_milestone::RecordMilestone;
use crate::commands::register_site::RegisterSite;
use crate::commands::register_trial::RegisterTrial;
use crate::commands::screen_subject::ScreenSubject;
use crate::domain::fact::Reading;
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::person::Person;
use crate::domain::trial::{EthicsApproval, Item, Site};
use crate::eligibility::Step;
use crate::queries::Page;

/// Who acts, when, why and under which request.
pub fn by(principal: &str, rpc: &str, act: Option<&common::Act>, body: &[u8], at: Timestamp) -> Result<By> {
    let id = act.map(|act| act.request_id.as_str()).unwrap_or_default();
    let mut fields = Fields::default();
    if id.is_empty() || id.chars().count() > 64 {
        fields.wrong("act.request_id", None, "1 to 64 characters, made for this intention");
    }
    let reason = act.map(|act| act.reason.clone()).unwrap_or_default();
    if reason.chars().count() > 4_000 {
        fields.wrong("act.reason", None, "up to 4,000 characters");
    }
    if !fields.is_empty() {
        return Err(fields.refused());
    }
    Ok(By::new(principal, at).request(Request::of(id, crate::call::path(rpc), body)).reason(reason))
}

/// Builds a command where every part could be read and nothing was wrong.
macro_rules! read {
    ($fields:ident, [$($part:ident),*], $command:expr) => {
        match ($($part,)*) {
            ($(Some($part),)*) if $fields.is_empty() => Ok($command),
            _ => Err($fields.refused()),
        }
    };
}

/// RegisterTrial.
pub fn register_trial(request: pb::RegisterTrialRequest) -> Result<RegisterTrial> {
    let pb::RegisterTrialRequest { trial_file, dictionaries, .. } = request;
    Ok(RegisterTrial { trial_file, dictionaries })
}

/// RegisterSite.
pub fn register_site(request: pb::RegisterSiteRequest) -> Result<RegisterSite> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let site = fields.id("site", &request.site);
    let name = fields.text("name", request.name);
    let time_zone = fields.text("time_zone", request.time_zone);
    read!(fields, [trial, site], RegisterSite { trial, site: Site { id: site, name, time_zone } })
}

/// DelegateRole.
pub fn delegate_role(request: pb::DelegateRoleRequest) -> Result<DelegateRole> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let site = fields.optional_id("site", &request.site);
    let person = fields.text("person", request.person);
    let role = Role::from_number(request.role);
    if role.is_none() {
        fields.wrong("role", Some(request.role.to_string()), "one of the roles");
    }
    let from = fields.optional_time("from", request.from);
    let until = fields.optional_time("until", request.until);
    read!(fields, [trial, role], DelegateRole { trial, site, person, role, from, until })
}

/// EndDelegation.
pub fn end_delegation(request: pb::EndDelegationRequest) -> Result<EndDelegation> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let delegation = fields.id("delegation", &request.delegation);
    read!(fields, [trial, delegation], EndDelegation { trial, delegation })
}

/// ConfirmAssumption.
pub fn confirm_assumption(request: pb::ConfirmAssumptionRequest) -> Result<ConfirmAssumption> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let version = fields.text("version", request.version);
    let item = Item { block: fields.text("block", request.block), key: request.key };
    read!(fields, [trial], ConfirmAssumption { trial, version, item })
}

/// RecordEthicsApproval.
pub fn record_ethics_approval(request: pb::RecordEthicsApprovalRequest) -> Result<RecordEthicsApproval> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let version = fields.text("version", request.version);
    let committee = fields.text("committee", request.committee);
    let reference = fields.text("reference", request.reference);
    let date = fields.date("date", &request.date);
    read!(fields, [trial, date], {
        RecordEthicsApproval { trial, version, approval: EthicsApproval { committee, reference, date } }
    })
}

/// ActivateProtocol.
pub fn activate_protocol(request: pb::ActivateProtocolRequest) -> Result<ActivateProtocol> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let version = fields.text("version", request.version);
    read!(fields, [trial], ActivateProtocol { trial, version })
}

/// ScreenSubject. What is personal is not told back.
pub fn screen_subject(request: pb::ScreenSubjectRequest) -> Result<ScreenSubject> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let site = fields.id("site", &request.site);
    let subject = fields.id("subject", &request.subject);
    let date = fields.date("date", &request.date);
    let birth_date = fields.private_date("birth_date", &request.birth_date);
    if birth_date.zip(date).is_some_and(|(birth, date)| birth > date) {
        fields.wrong("birth_date", None, "not after the day of screening");
    }
    let hospital_number = fields.private_text("hospital_number", request.hospital_number);
    let initials = fields.private_text("initials", request.initials);
    if !SEXES.contains(&request.sex.as_str()) {
        fields.wrong("sex", None, "female, male, other or unknown");
    }
    read!(fields, [trial, site, subject, date, birth_date], {
        let person = Person { birth_date, sex: request.sex, hospital_number, initials };
        ScreenSubject { trial, site, subject, date, person }
    })
}

const SEXES: [&str; 4] = ["female", "male", "other", "unknown"];

/// RecordConsent.
pub fn record_consent(request: pb::RecordConsentRequest) -> Result<RecordConsent> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let date = fields.date("date", &request.date);
    let version = Some(request.version).filter(|version| !version.is_empty());
    let documents = request.documents;
    if documents.is_empty() || documents.iter().any(|document| document.trim().is_empty()) {
        fields.wrong("documents", None, "the ids of the documents signed");
    }
    let corrects = request.corrects;
    read!(fields, [trial, subject, date], {
        RecordConsent { trial, subject, date, version, documents, corrects }
    })
}

/// RecordFact.
pub fn record_fact(request: pb::RecordFactRequest) -> Result<RecordFact> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let fact = fields.id("fact", &request.fact);
    let reading = reading(&mut fields, request.value);
    let taken_at = fields.time("taken_at", request.taken_at);
    let source = fields.text("source", request.source);
    let trial_procedure = request.trial_procedure;
    read!(fields, [trial, subject, fact, reading], {
        RecordFact { trial, subject, fact, reading, taken_at, source, trial_procedure }
    })
}

fn reading(fields: &mut Fields, value: Option<common::Value>) -> Option<Reading> {
    use common::value::Of;
    let unit = value.as_ref().map(|value| value.unit.clone()).unwrap_or_default();
    let reading = match value.and_then(|value| value.of) {
        Some(Of::Number(text)) => match Decimal::from_str_exact(&text) {
            Ok(number) => Some(Reading::Number { number, unit: unit.clone() }),
            Err(_) => {
                fields.wrong("value.number", Some(text.chars().take(40).collect()), "exact decimal text");
                return None;
            }
        },
        Some(Of::Yes(yes)) => Some(Reading::Yes(yes)),
        Some(Of::Word(word)) => Some(Reading::Word(word)),
        Some(Of::Words(words)) => Some(Reading::Words(words.word)),
        Some(Of::Date(text)) => date(&text).map(Reading::Date),
        None => None,
    };
    if reading.is_none() {
        fields.wrong("value", None, "a number, yes or no, a word, words or a date");
    }
    if !unit.is_empty() && !matches!(reading, Some(Reading::Number { .. })) {
        fields.wrong("value.unit", Some(unit.chars().take(40).collect()), "a unit goes with a number only");
    }
    reading
}

/// Attest.
pub fn attest(request: pb::AttestRequest) -> Result<Attest> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let criterion = fields.text("criterion", request.criterion);
    let date = fields.date("date", &request.date);
    let holds = request.holds;
    read!(fields, [trial, subject, date], Attest { trial, subject, criterion, holds, date })
}

/// AssessEligibility.
pub fn assess_eligibility(request: pb::AssessEligibilityRequest) -> Result<AssessEligibility> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let step = [Step::Enrollment, Step::Randomization].into_iter().find(|step| step.as_str() == request.step);
    if step.is_none() {
        fields.wrong("step", Some(request.step.chars().take(40).collect()), "enrollment or randomization");
    }
    read!(fields, [trial, subject, step], AssessEligibility { trial, subject, step })
}

/// ConfirmEvent.
pub fn confirm_event(request: pb::ConfirmEventRequest) -> Result<ConfirmEvent> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let event = fields.id("event", &request.event);
    let date = fields.date("date", &request.date);
    read!(fields, [trial, subject, event, date], ConfirmEvent { trial, subject, event, date })
}

/// Randomize.
pub fn randomize(request: pb::RandomizeRequest) -> Result<Randomize> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let attempt = request.attempt;
    if attempt == 0 {
        fields.wrong("attempt", Some("0".to_owned()), "1 or more");
    }
    let earlier_not_heard = Some(request.earlier_not_heard).filter(|text| !text.trim().is_empty());
    let arm = fields.optional_id("arm", &request.arm);
    let again = fields.optional_id("cohort", &request.cohort);
    read!(fields, [trial, subject], Randomize { trial, subject, attempt, earlier_not_heard, arm, again })
}

/// FailScreening.
pub fn fail_screening(request: pb::FailScreeningRequest) -> Result<FailScreening> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    read!(fields, [trial, subject], FailScreening { trial, subject })
}

/// AcknowledgeAllocation.
pub fn acknowledge_allocation(request: pb::AcknowledgeAllocationRequest) -> Result<AcknowledgeAllocation> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let permit = fields.id("permit", &request.permit);
    read!(fields, [trial, subject, permit], AcknowledgeAllocation { trial, subject, permit })
}

/// RecordMilestone.
pub fn record_milestone(request: pb::RecordMilestoneRequest) -> Result<RecordMilestone> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let event = fields.id("event", &request.event);
    let date = fields.date("date", &request.date);
    let at = fields.optional_time("at", request.at);
    let replaces = fields.optional_id("replaces", &request.replaces);
    let withdraw = request.withdraw;
    if withdraw && replaces.is_none() {
        fields.wrong("replaces", None, "the record that is withdrawn");
    }
    read!(fields, [trial, subject, event, date], {
        RecordMilestone { trial, subject, event, date, at, replaces, withdraw }
    })
}

/// Discontinue.
pub fn discontinue(request: pb::DiscontinueRequest) -> Result<Discontinue> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    let rule = fields.id("rule", &request.rule);
    let at = fields.optional_time("at", request.at);
    read!(fields, [trial, subject, rule], Discontinue { trial, subject, rule, at })
}

/// A trial's id in a question.
pub fn trial(trial: &str) -> Result<TrialId> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", trial);
    read!(fields, [trial], trial)
}

/// GetSubject.
pub fn subject(request: &pb::GetSubjectRequest) -> Result<(TrialId, SubjectId)> {
    let mut fields = Fields::default();
    let trial = fields.id("trial", &request.trial);
    let subject = fields.id("subject", &request.subject);
    read!(fields, [trial, subject], (trial, subject))
}

/// A page of a listing: after which place, and how many.
pub fn page(page: Option<&common::Page>) -> Result<Page> {
    let mut fields = Fields::default();
    let (after, size) = fields.page(page.cloned());
    read!(fields, [], Page { after, size })
}
