//! The Enrollment service: decode, call, encode; nothing else is decided here.

mod decode;
mod encode;
mod fields;

use holdpoint_api::common::v1::Act;
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::enrollment::v1::enrollment_server::Enrollment;
use holdpoint_chassis::error::Error;
use holdpoint_chassis::server::{actor, with_retries};
use holdpoint_chassis::telemetry::propagation;
use holdpoint_journal::By;
use prost::Message;
use tonic::{Request, Response, Status};

use crate::call::Call;
use crate::ctx::Ctx;
use crate::{commands, queries};

/// Answers the contract's methods.
#[derive(Clone)]
pub struct EnrollmentService {
    ctx: Ctx,
}

type Answer<T> = Result<Response<T>, Status>;

impl EnrollmentService {
    /// The service over its context.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// A person's act: its caller, request id and body.
    fn act<T: Message>(&self, rpc: &str, request: &Request<T>, act: Option<&Act>) -> Result<Call, Error> {
        let actor = actor(request)?;
        let body = request.get_ref().encode_to_vec();
        let by = decode::by(&actor.principal, rpc, act, &body, self.ctx.civil.now())?;
        Ok(Call::new(actor, rpc, By { trace: propagation::current(), ..by }))
    }

    /// A person's question.
    fn question<T>(&self, rpc: &str, request: &Request<T>) -> Result<Call, Error> {
        let actor = actor(request)?;
        let by = By::new(actor.principal.clone(), self.ctx.civil.now());
        Ok(Call::new(actor, rpc, by))
    }
}

/// One act: decode, run until it is not lost to a race, encode.
macro_rules! act {
    ($self:ident, $request:ident, $rpc:literal, $decode:ident, $encode:expr) => {{
        let call = $self.act($rpc, &$request, $request.get_ref().act.as_ref())?;
        let command = decode::$decode($request.into_inner())?;
        let done = with_retries(|| commands::$decode::run(&$self.ctx, &call, command.clone())).await?;
        Ok(Response::new($encode(done)))
    }};
}

#[tonic::async_trait]
impl Enrollment for EnrollmentService {
    async fn register_trial(
        &self,
        request: Request<pb::RegisterTrialRequest>,
    ) -> Answer<pb::RegisterTrialResponse> {
        act!(self, request, "RegisterTrial", register_trial, encode::registered)
    }

    async fn register_site(
        &self,
        request: Request<pb::RegisterSiteRequest>,
    ) -> Answer<pb::RegisterSiteResponse> {
        act!(self, request, "RegisterSite", register_site, |()| pb::RegisterSiteResponse {})
    }

    async fn delegate_role(
        &self,
        request: Request<pb::DelegateRoleRequest>,
    ) -> Answer<pb::DelegateRoleResponse> {
        act!(self, request, "DelegateRole", delegate_role, encode::delegated)
    }

    async fn end_delegation(
        &self,
        request: Request<pb::EndDelegationRequest>,
    ) -> Answer<pb::EndDelegationResponse> {
        act!(self, request, "EndDelegation", end_delegation, |()| pb::EndDelegationResponse {})
    }

    async fn confirm_assumption(
        &self,
        request: Request<pb::ConfirmAssumptionRequest>,
    ) -> Answer<pb::ConfirmAssumptionResponse> {
        act!(self, request, "ConfirmAssumption", confirm_assumption, encode::unconfirmed)
    }

    async fn record_ethics_approval(
        &self,
        request: Request<pb::RecordEthicsApprovalRequest>,
    ) -> Answer<pb::RecordEthicsApprovalResponse> {
        act!(self, request, "RecordEthicsApproval", record_ethics_approval, |()| {
            pb::RecordEthicsApprovalResponse {}
        })
    }

    async fn activate_protocol(
        &self,
        request: Request<pb::ActivateProtocolRequest>,
    ) -> Answer<pb::ActivateProtocolResponse> {
        let trial = request.get_ref().trial.clone();
        act!(self, request, "ActivateProtocol", activate_protocol, |version| encode::activated(
            &trial, &version
        ))
    }

    async fn screen_subject(
        &self,
        request: Request<pb::ScreenSubjectRequest>,
    ) -> Answer<pb::ScreenSubjectResponse> {
        act!(self, request, "ScreenSubject", screen_subject, |()| pb::ScreenSubjectResponse {})
    }

    async fn record_consent(
        &self,
        request: Request<pb::RecordConsentRequest>,
    ) -> Answer<pb::RecordConsentResponse> {
        act!(self, request, "RecordConsent", record_consent, |()| pb::RecordConsentResponse {})
    }

    async fn fail_screening(
        &self,
        request: Request<pb::FailScreeningRequest>,
    ) -> Answer<pb::FailScreeningResponse> {
        act!(self, request, "FailScreening", fail_screening, |()| pb::FailScreeningResponse {})
    }

    async fn record_fact(&self, request: Request<pb::RecordFactRequest>) -> Answer<pb::RecordFactResponse> {
        act!(self, request, "RecordFact", record_fact, |()| pb::RecordFactResponse {})
    }

    async fn attest(&self, request: Request<pb::AttestRequest>) -> Answer<pb::AttestResponse> {
        act!(self, request, "Attest", attest, |()| pb::AttestResponse {})
    }

    async fn assess_eligibility(
        &self,
        request: Request<pb::AssessEligibilityRequest>,
    ) -> Answer<pb::AssessEligibilityResponse> {
        act!(self, request, "AssessEligibility", assess_eligibility, encode::judgement)
    }

    async fn confirm_event(
        &self,
        request: Request<pb::ConfirmEventRequest>,
    ) -> Answer<pb::ConfirmEventResponse> {
        act!(self, request, "ConfirmEvent", confirm_event, |_| pb::ConfirmEventResponse {})
    }

    async fn randomize(&self, request: Request<pb::RandomizeRequest>) -> Answer<pb::RandomizeResponse> {
        act!(self, request, "Randomize", randomize, encode::allocated)
    }

    async fn acknowledge_allocation(
        &self,
        request: Request<pb::AcknowledgeAllocationRequest>,
    ) -> Answer<pb::AcknowledgeAllocationResponse> {
        act!(self, request, "AcknowledgeAllocation", acknowledge_allocation, |()| {
            pb::AcknowledgeAllocationResponse {}
        })
    }

    async fn record_milestone(
        &self,
        request: Request<pb::RecordMilestoneRequest>,
    ) -> Answer<pb::RecordMilestoneResponse> {
        act!(self, request, "RecordMilestone", record_milestone, encode::recorded)
    }

    async fn discontinue(&self, request: Request<pb::DiscontinueRequest>) -> Answer<pb::DiscontinueResponse> {
        act!(self, request, "Discontinue", discontinue, encode::discontinued)
    }

    async fn get_trial(&self, request: Request<pb::GetTrialRequest>) -> Answer<pb::Trial> {
        let call = self.question("GetTrial", &request)?;
        let trial = decode::trial(&request.get_ref().trial)?;
        let found = queries::get_trial::run(&self.ctx, &call, &trial).await?;
        Ok(Response::new(encode::trial(&found)))
    }

    async fn get_subject(&self, request: Request<pb::GetSubjectRequest>) -> Answer<pb::Subject> {
        let call = self.question("GetSubject", &request)?;
        let (trial, subject) = decode::subject(request.get_ref())?;
        let found = queries::get_subject::run(&self.ctx, &call, &trial, &subject).await?;
        Ok(Response::new(encode::subject(&found)))
    }

    async fn list_subjects(
        &self,
        request: Request<pb::ListSubjectsRequest>,
    ) -> Answer<pb::ListSubjectsResponse> {
        let call = self.question("ListSubjects", &request)?;
        let trial = decode::trial(&request.get_ref().trial)?;
        let page = decode::page(request.get_ref().page.as_ref())?;
        let found = queries::list_subjects::run(&self.ctx, &call, &trial, page).await?;
        Ok(Response::new(encode::subjects(&found)))
    }

    async fn list_flags(&self, request: Request<pb::ListFlagsRequest>) -> Answer<pb::ListFlagsResponse> {
        let call = self.question("ListFlags", &request)?;
        let asked = request.get_ref();
        let (trial, page) = (decode::trial(&asked.trial)?, decode::page(asked.page.as_ref())?);
        let found = queries::list_flags::run(&self.ctx, &call, &trial, asked.include_cleared, page).await?;
        Ok(Response::new(encode::flags(&found)))
    }

    async fn get_randomization_list(
        &self,
        request: Request<pb::GetRandomizationListRequest>,
    ) -> Answer<pb::RandomizationList> {
        let call = self.question("GetRandomizationList", &request)?;
        let trial = decode::trial(&request.get_ref().trial)?;
        let list = queries::get_randomization_list::run(&self.ctx, &call, &trial).await?;
        Ok(Response::new(encode::places(&list)))
    }
}
