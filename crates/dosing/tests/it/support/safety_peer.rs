//! A test peer in safety's place: it keeps the rule that an earlier permit of an infusion must be void, and is otherwise
//! told what to answer. The real safety has its own suite.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use holdpoint_api::common::v1::Heads;
use holdpoint_api::dosing::v1 as dosing;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety;
use holdpoint_chassis::clock::TestMachine;
use holdpoint_chassis::error::{Error, Reason, Refused};
use holdpoint_journal::{Chain, Store};
use prost::Message as _;
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

/// What the peer answers to the next asks.
#[derive(Clone, Debug, Default)]
pub enum Script {
    /// A permit.
    #[default]
    Issue,
    /// A permit, after the machine's clocks moved on.
    IssueAfter { boot: Duration, wall: Duration },
    /// It issues, and the answer is lost.
    IssueAndLose,
    /// Nothing, for ever.
    Silent,
    /// UNAVAILABLE.
    Unavailable,
    /// Held by these.
    Held(Vec<String>),
    /// A permit with a head of dosing's that dosing does not have.
    SeenMore,
    /// It issues, says so to the first, and answers when the second is told.
    AnswerWhenTold(Arc<Notify>, Arc<Notify>),
    /// No first dose before this moment: the gap to another subject's is not over.
    TooNear(String),
    /// An earlier permit, given for this infusion, is not void.
    BarredBy { permit: String, infusion: String },
}

#[derive(Default)]
struct State {
    script: Script,
    asks: Vec<pb::IssuePermitRequest>,
    /// Infusion to the permits given for it.
    permits: BTreeMap<String, Vec<String>>,
    next: u32,
}

/// Safety's gate as the suite scripts it.
#[derive(Clone)]
pub struct SafetyPeer {
    own: Store,
    dosing: Store,
    machine: TestMachine,
    state: Arc<Mutex<State>>,
}

impl SafetyPeer {
    pub fn new(own: Store, dosing: Store, machine: TestMachine) -> Self {
        Self { own, dosing, machine, state: Arc::default() }
    }

    pub fn script(&self, script: Script) {
        self.state.lock().unwrap().script = script;
    }

    pub fn asks(&self) -> Vec<pb::IssuePermitRequest> {
        self.state.lock().unwrap().asks.clone()
    }

    pub fn permits(&self, infusion: &str) -> Vec<String> {
        self.state.lock().unwrap().permits.get(infusion).cloned().unwrap_or_default()
    }

    /// Permits that dosing's journal says are void or returned.
    async fn void(&self, chain: &Chain) -> Vec<String> {
        let rows = self.dosing.rows(chain, 0, 10_000).await.unwrap();
        let envelopes = rows.iter().map(|row| row.envelope().unwrap());
        envelopes
            .filter_map(|envelope| {
                let data = envelope.data?;
                match envelope.r#type.as_str() {
                    "holdpoint.dosing.v1.PermitVoided" => {
                        Some(dosing::PermitVoided::decode(data.as_slice()).unwrap().permit)
                    }
                    "holdpoint.dosing.v1.PermitReturned" => {
                        Some(dosing::PermitReturned::decode(data.as_slice()).unwrap().permit)
                    }
                    _ => None,
                }
            })
            .collect()
    }

    async fn issue(&self, ask: pb::IssuePermitRequest) -> Result<pb::IssuePermitResponse, Error> {
        let chain = Chain::trial(ask.trial.as_str());
        let void = self.void(&chain).await;
        let permit = {
            let mut state = self.state.lock().unwrap();
            let given = state.permits.entry(ask.infusion.clone()).or_default();
            if let Some(earlier) = given.iter().find(|permit| !void.contains(permit)) {
                let refused =
                    Refused::new("SAF-0012", Reason::FailedPrecondition, "an earlier permit is not void");
                let refused = refused.field("permit", Some(earlier.clone()), "a void permit");
                return Err(refused.field("infusion", Some(ask.infusion), "its infusion").into());
            }
            state.next += 1;
            let permit = format!("permit-{}", state.next);
            state.permits.entry(ask.infusion).or_default().push(permit.clone());
            permit
        };
        let heads = Heads {
            mine: Some(self.own.head(&chain).await?.into()),
            yours: ask.heads.and_then(|heads| heads.mine),
        };
        Ok(pb::IssuePermitResponse { permit, life_ms: 5_000, margin_ms: 500, epoch: 0, heads: Some(heads) })
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn not_scripted<T>() -> Answer<T> {
    Err(Status::unimplemented("not scripted"))
}

#[tonic::async_trait]
impl Safety for SafetyPeer {
    async fn issue_permit(
        &self,
        request: Request<pb::IssuePermitRequest>,
    ) -> Result<Response<pb::IssuePermitResponse>, Status> {
        let ask = request.into_inner();
        let script = {
            let mut state = self.state.lock().unwrap();
            state.asks.push(ask.clone());
            state.script.clone()
        };
        match script {
            Script::Issue => {}
            Script::IssueAfter { boot, wall } => {
                self.machine.advance_boot(boot);
                self.machine.advance_wall(wall);
            }
            Script::IssueAndLose => {
                self.issue(ask).await?;
                return std::future::pending().await;
            }
            Script::Silent => return std::future::pending().await,
            Script::Unavailable => return Err(Status::unavailable("no")),
            Script::Held(holds) => {
                let refused = Refused::new("SAF-0010", Reason::FailedPrecondition, "held");
                return Err(
                    Error::from(holds.into_iter().fold(refused, |refused, hold| refused.hold(hold))).into()
                );
            }
            Script::AnswerWhenTold(issued, answer) => {
                let permit = self.issue(ask).await?;
                issued.notify_one();
                answer.notified().await;
                return Ok(Response::new(permit));
            }
            Script::TooNear(earliest) => {
                let refused =
                    Refused::new("SAF-0030", Reason::FailedPrecondition, "within 1 week of another");
                return Err(Error::from(refused.field("at", None, format!("{earliest} or later"))).into());
            }
            Script::BarredBy { permit, infusion } => {
                let refused = Refused::new("SAF-0012", Reason::FailedPrecondition, "not void");
                let refused = refused.field("permit", Some(permit), "a void permit");
                return Err(Error::from(refused.field("infusion", Some(infusion), "its infusion")).into());
            }
            Script::SeenMore => {
                let mut answer = self.issue(ask).await?;
                if let Some(yours) = answer.heads.as_mut().and_then(|heads| heads.yours.as_mut()) {
                    yours.number += 5;
                }
                return Ok(Response::new(answer));
            }
        }
        Ok(Response::new(self.issue(ask).await?))
    }

    async fn report_adverse_event(
        &self,
        _: Request<pb::ReportAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        not_scripted()
    }

    async fn update_adverse_event(
        &self,
        _: Request<pb::UpdateAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        not_scripted()
    }

    async fn assess_adverse_event(
        &self,
        _: Request<pb::AssessAdverseEventRequest>,
    ) -> Answer<pb::ReportAdverseEventResponse> {
        not_scripted()
    }

    async fn sign_rule(&self, _: Request<pb::SignRuleRequest>) -> Answer<pb::SignRuleResponse> {
        not_scripted()
    }

    async fn place_hold(&self, _: Request<pb::PlaceHoldRequest>) -> Answer<pb::PlaceHoldResponse> {
        not_scripted()
    }

    async fn record_board_decision(
        &self,
        _: Request<pb::RecordBoardDecisionRequest>,
    ) -> Answer<pb::RecordBoardDecisionResponse> {
        not_scripted()
    }

    async fn sign_release(&self, _: Request<pb::SignReleaseRequest>) -> Answer<pb::SignReleaseResponse> {
        not_scripted()
    }

    async fn run_milestone_rules(
        &self,
        _: Request<pb::RunMilestoneRulesRequest>,
    ) -> Answer<pb::RunMilestoneRulesResponse> {
        not_scripted()
    }

    async fn override_silent_peer(
        &self,
        _: Request<pb::OverrideSilentPeerRequest>,
    ) -> Answer<pb::OverrideSilentPeerResponse> {
        not_scripted()
    }

    async fn acknowledge_alert(
        &self,
        _: Request<pb::AcknowledgeAlertRequest>,
    ) -> Answer<pb::AcknowledgeAlertResponse> {
        not_scripted()
    }

    async fn list_alerts(&self, _: Request<pb::ListAlertsRequest>) -> Answer<pb::ListAlertsResponse> {
        not_scripted()
    }

    async fn list_holds(&self, _: Request<pb::ListHoldsRequest>) -> Answer<pb::ListHoldsResponse> {
        not_scripted()
    }

    async fn get_suspension_board(
        &self,
        _: Request<pb::GetSuspensionBoardRequest>,
    ) -> Answer<pb::SuspensionBoard> {
        not_scripted()
    }

    type WatchSuspensionStream = futures::stream::Empty<Result<pb::SuspensionBoard, Status>>;

    async fn watch_suspension(
        &self,
        _: Request<pb::WatchSuspensionRequest>,
    ) -> Result<Response<Self::WatchSuspensionStream>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn get_adverse_event(&self, _: Request<pb::GetAdverseEventRequest>) -> Answer<pb::AdverseEvent> {
        not_scripted()
    }

    async fn list_adverse_events(
        &self,
        _: Request<pb::ListAdverseEventsRequest>,
    ) -> Answer<pb::ListAdverseEventsResponse> {
        not_scripted()
    }

    async fn list_candidates(
        &self,
        _: Request<pb::ListCandidatesRequest>,
    ) -> Answer<pb::ListCandidatesResponse> {
        not_scripted()
    }

    async fn triage_candidate(
        &self,
        _: Request<pb::TriageCandidateRequest>,
    ) -> Answer<pb::TriageCandidateResponse> {
        not_scripted()
    }

    async fn get_escalation(&self, _: Request<pb::GetEscalationRequest>) -> Answer<pb::EscalationView> {
        not_scripted()
    }

    async fn list_obligations(
        &self,
        _: Request<pb::ListObligationsRequest>,
    ) -> Answer<pb::ListObligationsResponse> {
        not_scripted()
    }

    async fn get_permit(&self, _: Request<pb::GetPermitRequest>) -> Answer<pb::Permit> {
        not_scripted()
    }

    type SubscribeAlertsStream = futures::stream::Empty<Result<pb::AlertRaised, Status>>;

    async fn subscribe_alerts(
        &self,
        _: Request<pb::SubscribeAlertsRequest>,
    ) -> Result<Response<Self::SubscribeAlertsStream>, Status> {
        Err(Status::unimplemented("not scripted"))
    }
}
