//! Somebody who calls enrollment: each act in a line, with a request id of its own.

use std::collections::BTreeMap;

use holdpoint_api::common::v1::{Act, Role, Value, value::Of};
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::enrollment::v1::enrollment_client::EnrollmentClient;
use holdpoint_chassis::client::ServiceChannel;
use holdpoint_chassis::error::code_of;
use holdpoint_chassis::ids::Ids;
use jiff::Timestamp;
use tonic::Status;

use crate::house::{TRIAL, dictionary};

/// A person with a client.
#[derive(Clone)]
pub struct Person {
    name: String,
    trial: String,
    client: EnrollmentClient<ServiceChannel>,
    ids: Ids,
}

/// The site of all tests.
pub const SITE: &str = "cq2";

/// Calls a method with a request of the trial.
macro_rules! call {
    ($self:ident . $method:ident ( $request:ident { $($body:tt)* } )) => {
        $self.client().$method(pb::$request { $($body)* }).await.map(tonic::Response::into_inner)
    };
}

pub type Answer<T> = Result<T, Status>;

impl Person {
    pub fn new(name: &str, channel: ServiceChannel) -> Self {
        let client = EnrollmentClient::new(channel);
        Self { name: name.to_owned(), trial: TRIAL.to_owned(), client, ids: Ids::random() }
    }

    /// The same person in another trial.
    pub fn in_trial(self, trial: &str) -> Self {
        Self { trial: trial.to_owned(), ..self }
    }

    pub fn client(&self) -> EnrollmentClient<ServiceChannel> {
        self.client.clone()
    }

    pub fn act(&self) -> Option<Act> {
        self.act_because("")
    }

    pub fn act_because(&self, reason: &str) -> Option<Act> {
        let request_id = format!("{}-{}", self.name, self.ids.next().simple());
        Some(Act { request_id, reason: reason.to_owned() })
    }

    pub async fn register_trial(&self, trial_file: String) -> Answer<pb::RegisterTrialResponse> {
        let used = |name: &&str| trial_file.contains(&format!("\"{name}@"));
        let names = ["common", "hsct", "als", "ich"].into_iter().filter(used);
        let dictionaries: BTreeMap<String, String> =
            names.map(|name| (name.to_owned(), dictionary(name))).collect();
        call!(self.register_trial(RegisterTrialRequest { act: self.act(), trial_file, dictionaries }))
    }

    pub async fn register_site(&self) -> Answer<pb::RegisterSiteResponse> {
        call!(self.register_site(RegisterSiteRequest {
            act: self.act(),
            trial: self.trial.clone(),
            site: SITE.into(),
            name: "Second Affiliated Hospital".into(),
            time_zone: "Asia/Shanghai".into(),
        }))
    }

    pub async fn delegate(&self, person: &str, role: Role) -> Answer<pb::DelegateRoleResponse> {
        call!(self.delegate_role(DelegateRoleRequest {
            act: self.act(),
            trial: self.trial.clone(),
            person: person.into(),
            role: role.into(),
            ..Default::default()
        }))
    }

    pub async fn assumed(&self) -> Vec<pb::AssumedItem> {
        let trial = call!(self.get_trial(GetTrialRequest { trial: self.trial.clone() })).unwrap();
        trial.versions.into_iter().next().unwrap().assumed
    }

    pub async fn confirm(
        &self,
        item: &pb::AssumedItem,
        reason: &str,
    ) -> Answer<pb::ConfirmAssumptionResponse> {
        call!(self.confirm_assumption(ConfirmAssumptionRequest {
            act: self.act_because(reason),
            trial: self.trial.clone(),
            version: "1.0".into(),
            block: item.block.clone(),
            key: item.key.clone(),
        }))
    }

    pub async fn confirm_all(&self) {
        for item in self.assumed().await {
            self.confirm(&item, "as the site does it").await.unwrap();
        }
    }

    pub async fn approve(&self) -> Answer<pb::RecordEthicsApprovalResponse> {
        self.approve_version("1.0").await
    }

    pub async fn approve_version(&self, version: &str) -> Answer<pb::RecordEthicsApprovalResponse> {
        call!(self.record_ethics_approval(RecordEthicsApprovalRequest {
            act: self.act(),
            trial: self.trial.clone(),
            version: version.into(),
            committee: "Ethics Committee".into(),
            reference: "2023-401-01".into(),
            date: "2023-11-20".into(),
        }))
    }

    pub async fn activate(&self) -> Answer<pb::ActivateProtocolResponse> {
        self.activate_version("1.0").await
    }

    pub async fn activate_version(&self, version: &str) -> Answer<pb::ActivateProtocolResponse> {
        let (act, trial, version) = (self.act(), self.trial.clone(), version.into());
        call!(self.activate_protocol(ActivateProtocolRequest { act, trial, version }))
    }

    pub fn screening(&self, subject: &str) -> pb::ScreenSubjectRequest {
        pb::ScreenSubjectRequest {
            act: self.act(),
            trial: self.trial.clone(),
            site: SITE.into(),
            subject: subject.into(),
            date: "2026-03-01".into(),
            birth_date: "1980-05-17".into(),
            sex: "female".into(),
            hospital_number: format!("HN-{subject}"),
            initials: format!("X{}", subject.replace('-', "")),
        }
    }

    pub async fn screen(&self, subject: &str) -> Answer<pb::ScreenSubjectResponse> {
        let request = self.screening(subject);
        self.client().screen_subject(request).await.map(tonic::Response::into_inner)
    }

    pub async fn consent(&self, subject: &str, date: &str) -> Answer<pb::RecordConsentResponse> {
        call!(self.record_consent(RecordConsentRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            date: date.into(),
            version: String::new(),
            documents: vec!["informed-consent-form".into(), "screening-form".into()],
            ..Default::default()
        }))
    }

    /// The newest consent was entered wrongly: this date stands in its place.
    pub async fn correct_consent(
        &self,
        subject: &str,
        date: &str,
        reason: &str,
    ) -> Answer<pb::RecordConsentResponse> {
        call!(self.record_consent(RecordConsentRequest {
            act: self.act_because(reason),
            trial: self.trial.clone(),
            subject: subject.into(),
            date: date.into(),
            version: String::new(),
            documents: vec!["informed-consent-form".into(), "screening-form".into()],
            corrects: true,
        }))
    }

    pub async fn fail_screening(&self, subject: &str, reason: &str) -> Answer<pb::FailScreeningResponse> {
        let (act, trial, subject) = (self.act_because(reason), self.trial.clone(), subject.into());
        call!(self.fail_screening(FailScreeningRequest { act, trial, subject }))
    }

    /// Flags that stand, by kind and subject.
    pub async fn flags(&self) -> Vec<(String, String)> {
        let listed =
            call!(self.list_flags(ListFlagsRequest { trial: self.trial.clone(), ..Default::default() }));
        listed.unwrap().flags.into_iter().map(|flag| (flag.kind, flag.subject)).collect()
    }

    pub async fn fact(&self, subject: &str, fact: &str, value: Value) -> Answer<pb::RecordFactResponse> {
        self.fact_at(subject, fact, value, "2026-03-01T09:00:00+08:00", false).await
    }

    pub async fn fact_at(
        &self,
        subject: &str,
        fact: &str,
        value: Value,
        at: &str,
        trial_procedure: bool,
    ) -> Answer<pb::RecordFactResponse> {
        let at: Timestamp = at.parse().unwrap();
        call!(self.record_fact(RecordFactRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            fact: fact.into(),
            value: Some(value),
            taken_at: Some(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 }),
            source: "chart".into(),
            trial_procedure,
        }))
    }

    pub async fn attest(&self, subject: &str, criterion: &str, holds: bool) -> Answer<pb::AttestResponse> {
        call!(self.attest(AttestRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            criterion: criterion.into(),
            holds,
            date: "2026-03-01".into(),
        }))
    }

    pub async fn assess(&self, subject: &str, step: &str) -> Answer<pb::AssessEligibilityResponse> {
        let (act, trial, subject, step) = (self.act(), self.trial.clone(), subject.into(), step.into());
        call!(self.assess_eligibility(AssessEligibilityRequest { act, trial, subject, step }))
    }

    pub async fn milestone(
        &self,
        subject: &str,
        event: &str,
        date: &str,
    ) -> Answer<pb::RecordMilestoneResponse> {
        call!(self.record_milestone(RecordMilestoneRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            event: event.into(),
            date: date.into(),
            ..Default::default()
        }))
    }

    pub async fn confirm_event(&self, subject: &str, event: &str) -> Answer<pb::ConfirmEventResponse> {
        call!(self.confirm_event(ConfirmEventRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            event: event.into(),
            date: "2026-03-01".into(),
        }))
    }

    pub async fn randomize(&self, subject: &str, attempt: u32) -> Answer<pb::RandomizeResponse> {
        self.randomize_again(subject, attempt, "").await
    }

    pub async fn randomize_again(
        &self,
        subject: &str,
        attempt: u32,
        statement: &str,
    ) -> Answer<pb::RandomizeResponse> {
        call!(self.randomize(RandomizeRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            attempt,
            earlier_not_heard: statement.into(),
            ..Default::default()
        }))
    }

    /// The arm chosen, or the cohort that takes the same people again.
    pub async fn randomize_naming(
        &self,
        subject: &str,
        arm: &str,
        cohort: &str,
    ) -> Answer<pb::RandomizeResponse> {
        call!(self.randomize(RandomizeRequest {
            act: self.act(),
            trial: self.trial.clone(),
            subject: subject.into(),
            attempt: 1,
            arm: arm.into(),
            cohort: cohort.into(),
            ..Default::default()
        }))
    }

    pub async fn acknowledge(
        &self,
        subject: &str,
        permit: &str,
    ) -> Answer<pb::AcknowledgeAllocationResponse> {
        let (act, trial, subject, permit) = (self.act(), self.trial.clone(), subject.into(), permit.into());
        call!(self.acknowledge_allocation(AcknowledgeAllocationRequest { act, trial, subject, permit }))
    }

    pub async fn discontinue(&self, subject: &str, rule: &str) -> Answer<pb::DiscontinueResponse> {
        let (act, trial, subject, rule) = (self.act(), self.trial.clone(), subject.into(), rule.into());
        call!(self.discontinue(DiscontinueRequest { act, trial, subject, rule, at: None }))
    }

    pub async fn subject(&self, subject: &str) -> pb::Subject {
        call!(self.get_subject(GetSubjectRequest { trial: self.trial.clone(), subject: subject.into() }))
            .unwrap()
    }

    pub async fn list(&self) -> pb::RandomizationList {
        call!(self.get_randomization_list(GetRandomizationListRequest { trial: self.trial.clone() })).unwrap()
    }

    /// A subject of the small trial, ready for allocation.
    pub async fn ready(&self, subject: &str) {
        self.screen(subject).await.unwrap();
        self.consent(subject, "2026-03-01").await.unwrap();
    }

    /// Randomized and acknowledged; answers the arm.
    pub async fn allocate(&self, subject: &str) -> Answer<String> {
        let shown = self.randomize(subject, 1).await?;
        self.acknowledge(subject, &shown.permit).await?;
        Ok(shown.arm)
    }
}

/// The stable code of a refusal.
pub fn code<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    let status = answer.expect_err("refused");
    code_of(&status).unwrap_or_default().to_owned()
}

pub fn yes(yes: bool) -> Value {
    Value { of: Some(Of::Yes(yes)), unit: String::new() }
}

pub fn word(word: &str) -> Value {
    Value { of: Some(Of::Word(word.into())), unit: String::new() }
}

pub fn number(number: &str, unit: &str) -> Value {
    Value { of: Some(Of::Number(number.into())), unit: unit.into() }
}
