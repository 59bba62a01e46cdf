//! Safety's rpcs: decode, call, encode. The server stack has checked token and role before; delegations, and all else,
//! are the commands'.

mod board;
mod decode;
mod encode;
mod fields;
mod patience;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use holdpoint_api::common::v1::Act;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety;
use holdpoint_chassis::error::{Error, Refused, Result};
use holdpoint_chassis::identity::Role;
use holdpoint_chassis::server::{actor, with_retries};
use holdpoint_chassis::telemetry::propagation;
use holdpoint_journal::{By, Chain, Request as Asked};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::commands::{self, Call};
use crate::ctx::Ctx;
use crate::domain::ids::TrialId;
use crate::error::MALFORMED;
use crate::events;
use crate::peers::Followers;
use crate::queries::{self, Reader};

/// The Safety service.
#[derive(Clone)]
pub struct SafetyService {
    ctx: Ctx,
    followers: Followers,
}

impl SafetyService {
    /// With these surroundings.
    pub fn new(ctx: Ctx, followers: Followers) -> Self {
        Self { ctx, followers }
    }

    /// One call that changes something.
    fn call<T: Message>(&self, request: &Request<T>, act: Option<&Act>, rpc: &'static str) -> Result<Call> {
        self.call_of(request, act, rpc, request.get_ref().encode_to_vec())
    }

    /// The same, where not the whole message says what is asked.
    fn call_of<T>(
        &self,
        request: &Request<T>,
        act: Option<&Act>,
        rpc: &'static str,
        body: Vec<u8>,
    ) -> Result<Call> {
        let Reader { actor, roles } = reader(request, rpc)?;
        let act = act.cloned().unwrap_or_default();
        if act.request_id.is_empty() || act.request_id.chars().count() > 64 {
            let refused = MALFORMED.refuse("every call that changes something needs a request id");
            return Err(refused
                .field("act.request_id", None, "1 to 64 characters, one for each intention")
                .into());
        }
        let mut by = By::new(actor.principal.as_str(), self.ctx.now())
            .reason(act.reason.trim())
            .request(Asked::of(act.request_id, path(rpc), &body));
        by.trace = propagation::current();
        Ok(Call { actor, by, roles })
    }

    /// At a gate, a person's refused act is journaled before it is told.
    async fn gated<T>(&self, call: &Call, trial: &str, rpc: &str, done: Result<T>) -> Result<T> {
        if let Err(Error::Refused(Refused { code, .. })) = &done
            && !call.actor.is_service()
        {
            let what = serde_json::json!({ "rpc": rpc });
            let chain = self.ctx.store.known_chain(trial).await?;
            self.ctx.store.refused(&call.by, &chain, code, what).await?;
        }
        done
    }
}

fn path(rpc: &str) -> String {
    format!("/holdpoint.safety.v1.Safety/{rpc}")
}

/// Who asks, and which roles the rpc is open to, as stated beside it in the .proto.
fn reader<T>(request: &Request<T>, rpc: &str) -> Result<Reader> {
    let actor = actor(request)?;
    let path = path(rpc);
    let method = holdpoint_api::METHODS.iter().find(|method| method.path == path);
    let roles = method.map(|method| method.roles).unwrap_or_default();
    Ok(Reader { actor, roles: roles.iter().filter_map(|number| Role::from_number(*number)).collect() })
}

type Answer<T> = std::result::Result<Response<T>, Status>;

/// Tries again after a race, from the beginning, with everything read anew.
macro_rules! tried {
    ($work:expr) => {
        with_retries(|| $work.boxed()).await
    };
}

/// The same for what must not be refused because others are busy.
macro_rules! taken {
    ($work:expr) => {
        patience::until_taken(|| $work.boxed()).await
    };
}

#[tonic::async_trait]
impl Safety for SafetyService {
    async fn report_adverse_event(
        &self,
        request: Request<pb::ReportAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "ReportAdverseEvent")?;
        let report = decode::report(request.into_inner(), self.ctx.id())?;
        let done = taken!(commands::report_adverse_event::run(&self.ctx, &call, report.clone()))?;
        Ok(Response::new(encode::reported(&done)))
    }

    async fn update_adverse_event(
        &self,
        request: Request<pb::UpdateAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "UpdateAdverseEvent")?;
        let cmd = decode::update(request.into_inner())?;
        let done = taken!(commands::update_adverse_event::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(encode::reported(&done)))
    }

    async fn assess_adverse_event(
        &self,
        request: Request<pb::AssessAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "AssessAdverseEvent")?;
        let cmd = decode::assess(request.into_inner())?;
        let done = taken!(commands::assess_adverse_event::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(encode::reported(&done)))
    }

    async fn sign_rule(&self, request: Request<pb::SignRuleRequest>) -> Answer<pb::SignRuleResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "SignRule")?;
        let cmd = decode::sign_rule(request.into_inner())?;
        let done = tried!(commands::sign_rule::run(&self.ctx, &call, cmd.clone()))?;
        let holds = done.holds.iter().map(encode::hold).collect();
        Ok(Response::new(pb::SignRuleResponse { holds, did: done.did }))
    }

    async fn place_hold(&self, request: Request<pb::PlaceHoldRequest>) -> Answer<pb::PlaceHoldResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "PlaceHold")?;
        let cmd = decode::place_hold(request.into_inner())?;
        let done = tried!(commands::place_hold::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(pb::PlaceHoldResponse { hold: Some(encode::hold(&done)) }))
    }

    async fn record_board_decision(
        &self,
        request: Request<pb::RecordBoardDecisionRequest>,
    ) -> Answer<pb::RecordBoardDecisionResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "RecordBoardDecision")?;
        let cmd = decode::board_decision(request.into_inner())?;
        let done = tried!(commands::record_board_decision::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(pb::RecordBoardDecisionResponse {
            decision: done.decision.to_string(),
            opened: done.opened,
            undecided: done.undecided,
        }))
    }

    async fn triage_candidate(
        &self,
        request: Request<pb::TriageCandidateRequest>,
    ) -> Answer<pb::TriageCandidateResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "TriageCandidate")?;
        let cmd = decode::triage(request.into_inner(), self.ctx.id())?;
        let done = taken!(commands::triage_candidate::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(encode::triaged(&done)))
    }

    async fn sign_release(
        &self,
        request: Request<pb::SignReleaseRequest>,
    ) -> Answer<pb::SignReleaseResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "SignRelease")?;
        let cmd = decode::sign_release(request.into_inner())?;
        let run = || commands::sign_release::run(&self.ctx, &self.followers, &call, cmd.clone());
        let done = tried!(run());
        let done = self.gated(&call, cmd.trial.as_str(), "SignRelease", done).await?;
        Ok(Response::new(encode::signed(&done)))
    }

    async fn issue_permit(
        &self,
        request: Request<pb::IssuePermitRequest>,
    ) -> Answer<pb::IssuePermitResponse> {
        let Reader { actor, roles } = reader(&request, "IssuePermit")?;
        let mut by = By::new(actor.principal.as_str(), self.ctx.now());
        by.trace = propagation::current();
        let call = Call { actor, by, roles };
        let cmd = decode::issue_permit(request.into_inner())?;
        let run = || commands::issue_permit::run(&self.ctx, &self.followers, &call, cmd.clone());
        let issued = tried!(run())?;
        Ok(Response::new(encode::issued(&issued)))
    }

    async fn run_milestone_rules(
        &self,
        request: Request<pb::RunMilestoneRulesRequest>,
    ) -> Answer<pb::RunMilestoneRulesResponse> {
        // The heads move between two tries of one request; what is asked does not.
        let asked = pb::RunMilestoneRulesRequest { heads: None, ..request.get_ref().clone() };
        let body = asked.encode_to_vec();
        let call = self.call_of(&request, asked.act.as_ref(), "RunMilestoneRules", body)?;
        let cmd = decode::milestone_rules(request.into_inner())?;
        let run = || commands::run_milestone_rules::run(&self.ctx, &self.followers, &call, cmd.clone());
        let done = tried!(run())?;
        let mine = self.ctx.store.head(&Chain::trial(cmd.trial.as_str())).await?;
        let heads =
            holdpoint_api::common::v1::Heads { mine: Some(mine.into()), yours: Some(cmd.mine.into()) };
        let holds = done.holds.iter().map(encode::hold).collect();
        let rules = done.rules.iter().map(encode::verdict).collect();
        Ok(Response::new(pb::RunMilestoneRulesResponse { holds, rules, heads: Some(heads) }))
    }

    async fn override_silent_peer(
        &self,
        request: Request<pb::OverrideSilentPeerRequest>,
    ) -> Answer<pb::OverrideSilentPeerResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "OverrideSilentPeer")?;
        let cmd = decode::override_peer(request.into_inner())?;
        let done = tried!(commands::override_silent_peer::run(&self.ctx, &call, cmd.clone()));
        self.gated(&call, cmd.trial.as_str(), "OverrideSilentPeer", done).await?;
        Ok(Response::new(pb::OverrideSilentPeerResponse {}))
    }

    async fn acknowledge_alert(
        &self,
        request: Request<pb::AcknowledgeAlertRequest>,
    ) -> Answer<pb::AcknowledgeAlertResponse> {
        let call = self.call(&request, request.get_ref().act.as_ref(), "AcknowledgeAlert")?;
        let cmd = decode::acknowledge(request.into_inner())?;
        let owner = tried!(commands::acknowledge_alert::run(&self.ctx, &call, cmd.clone()))?;
        Ok(Response::new(pb::AcknowledgeAlertResponse { owner: owner.to_string() }))
    }

    type SubscribeAlertsStream = BoxStream<'static, std::result::Result<pb::AlertRaised, Status>>;

    async fn subscribe_alerts(
        &self,
        request: Request<pb::SubscribeAlertsRequest>,
    ) -> Answer<Self::SubscribeAlertsStream> {
        let reader = reader(&request, "SubscribeAlerts")?;
        let wanted = decode::subscription(request.into_inner())?;
        let alerts = queries::alert_stream::subscribe(&self.ctx, reader, wanted).await?;
        let told = alerts.map(|alert| alert.map(|alert| events::alert_message(&alert)).map_err(Status::from));
        Ok(Response::new(told.boxed()))
    }

    async fn list_alerts(&self, request: Request<pb::ListAlertsRequest>) -> Answer<pb::ListAlertsResponse> {
        let reader = reader(&request, "ListAlerts")?;
        let asked = decode::list_alerts(request.into_inner())?;
        let page = queries::alerts::list(&self.ctx, &reader, asked).await?;
        let alerts = page.alerts.iter().map(encode::alert).collect();
        let next = page.next.map(|number| number.to_string()).unwrap_or_default();
        Ok(Response::new(pb::ListAlertsResponse { alerts, next }))
    }

    async fn list_holds(&self, request: Request<pb::ListHoldsRequest>) -> Answer<pb::ListHoldsResponse> {
        let reader = reader(&request, "ListHolds")?;
        let asked = request.into_inner();
        let trial: TrialId = decode::trial(asked.trial)?;
        let found = queries::holds::list(&self.ctx, &reader, &trial, asked.include_released).await?;
        let holds = found.holds.iter().map(encode::hold).collect();
        Ok(Response::new(pb::ListHoldsResponse { holds, epoch: found.epoch }))
    }

    async fn get_suspension_board(
        &self,
        request: Request<pb::GetSuspensionBoardRequest>,
    ) -> Answer<pb::SuspensionBoard> {
        let reader = reader(&request, "GetSuspensionBoard")?;
        let asked = request.into_inner();
        let (trial, hold) = decode::of_trial(asked.trial, "hold", asked.hold)?;
        let shown = queries::board::get(&self.ctx, &reader, &trial, &hold).await?;
        Ok(Response::new(board::board(&shown)))
    }

    type WatchSuspensionStream = BoxStream<'static, std::result::Result<pb::SuspensionBoard, Status>>;

    async fn watch_suspension(
        &self,
        request: Request<pb::WatchSuspensionRequest>,
    ) -> Answer<Self::WatchSuspensionStream> {
        let reader = reader(&request, "WatchSuspension")?;
        let asked = request.into_inner();
        let (trial, hold) = decode::of_trial(asked.trial, "hold", asked.hold)?;
        let boards = queries::board_stream::watch(&self.ctx, reader, trial, hold).await?;
        let told = boards.map(|shown| shown.map(|shown| board::board(&shown)).map_err(Status::from));
        Ok(Response::new(told.boxed()))
    }

    async fn get_adverse_event(
        &self,
        request: Request<pb::GetAdverseEventRequest>,
    ) -> Answer<pb::AdverseEvent> {
        let reader = reader(&request, "GetAdverseEvent")?;
        let asked = request.into_inner();
        let (trial, event) = decode::of_trial(asked.trial, "adverse_event", asked.adverse_event)?;
        let shown = queries::events::get(&self.ctx, &reader, &trial, &event).await?;
        Ok(Response::new(encode::event(&shown)))
    }

    async fn list_adverse_events(
        &self,
        request: Request<pb::ListAdverseEventsRequest>,
    ) -> Answer<pb::ListAdverseEventsResponse> {
        let reader = reader(&request, "ListAdverseEvents")?;
        let asked = request.into_inner();
        let page = decode::page(asked.trial, asked.page)?;
        let found = queries::events::list(&self.ctx, &reader, &page).await?;
        let adverse_events = found.events.iter().map(encode::event).collect();
        Ok(Response::new(pb::ListAdverseEventsResponse { adverse_events, next: encode::next(found.next) }))
    }

    async fn list_candidates(
        &self,
        request: Request<pb::ListCandidatesRequest>,
    ) -> Answer<pb::ListCandidatesResponse> {
        let reader = reader(&request, "ListCandidates")?;
        let asked = request.into_inner();
        let page = decode::page(asked.trial, asked.page)?;
        let found = queries::candidates::list(&self.ctx, &reader, &page, asked.open_only).await?;
        let candidates = found.candidates.iter().map(encode::candidate).collect();
        Ok(Response::new(pb::ListCandidatesResponse { candidates, next: encode::next(found.next) }))
    }

    async fn get_escalation(&self, request: Request<pb::GetEscalationRequest>) -> Answer<pb::EscalationView> {
        let reader = reader(&request, "GetEscalation")?;
        let trial: TrialId = decode::trial(request.into_inner().trial)?;
        let shown = queries::escalation::get(&self.ctx, &reader, &trial).await?;
        Ok(Response::new(encode::escalation(&shown)))
    }

    async fn list_obligations(
        &self,
        request: Request<pb::ListObligationsRequest>,
    ) -> Answer<pb::ListObligationsResponse> {
        let reader = reader(&request, "ListObligations")?;
        let trial = decode::trial(request.into_inner().trial)?;
        let found = queries::obligations::list(&self.ctx, &reader, &trial).await?;
        let obligations = found.iter().map(|(owed, overdue)| encode::obligation(owed, *overdue)).collect();
        Ok(Response::new(pb::ListObligationsResponse { obligations }))
    }

    async fn get_permit(&self, request: Request<pb::GetPermitRequest>) -> Answer<pb::Permit> {
        let reader = reader(&request, "GetPermit")?;
        let asked = request.into_inner();
        let (trial, permit) = decode::of_trial(asked.trial, "permit", asked.permit)?;
        let found = queries::permits::get(&self.ctx, &reader, &trial, &permit).await?;
        Ok(Response::new(encode::permit(&found)))
    }
}
