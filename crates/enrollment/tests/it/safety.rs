//! A safety whose answers a test decides: a real gRPC server with a real journal, and a script for its two answers.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use holdpoint_api::common::v1::{Head, Heads};
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::error::{Reason, Refused};
use holdpoint_chassis::ids::Ids;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// What safety answers.
#[derive(Clone, Default)]
pub struct Script {
    inner: Arc<Mutex<Inner>>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

struct Inner {
    mood: Mood,
    ids: Ids,
    asked: Vec<pb::IssuePermitRequest>,
    told: Vec<pb::RunMilestoneRulesRequest>,
    before_answer: Option<Hook>,
    seen: Option<Head>,
}

/// How safety answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Permits for all, with this life.
    Open,
    /// A hold stands in the way.
    Held(&'static str),
    /// No answer that could be understood as one.
    Silent,
}

impl Default for Inner {
    fn default() -> Self {
        let (asked, told) = (vec![], vec![]);
        Self { mood: Mood::Open, ids: Ids::random(), asked, told, before_answer: None, seen: None }
    }
}

/// The life of every permit here, in milliseconds.
pub const LIFE_MS: u64 = 5_000;

impl Script {
    pub fn becomes(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    /// Something to do between the decision and the answer.
    pub fn before_answer(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.inner.lock().unwrap().before_answer = Some(Arc::new(hook));
    }

    /// It has seen this of enrollment's journal.
    pub fn has_seen(&self, head: Option<Head>) {
        self.inner.lock().unwrap().seen = head;
    }

    pub fn at_once(&self) {
        self.inner.lock().unwrap().before_answer = None;
    }

    pub fn asked(&self) -> Vec<pb::IssuePermitRequest> {
        self.inner.lock().unwrap().asked.clone()
    }

    pub fn told(&self) -> Vec<pb::RunMilestoneRulesRequest> {
        self.inner.lock().unwrap().told.clone()
    }

    fn permit(&self, request: pb::IssuePermitRequest) -> Result<pb::IssuePermitResponse, Status> {
        let (mood, hook, permit, yours) = {
            let mut inner = self.inner.lock().unwrap();
            inner.asked.push(request);
            let permit = inner.ids.next().to_string();
            (inner.mood.clone(), inner.before_answer.clone(), permit, inner.seen.clone())
        };
        if let Some(hook) = hook {
            hook();
        }
        answer(mood)?;
        let heads = Some(Heads { yours, ..Heads::default() });
        Ok(pb::IssuePermitResponse { permit, life_ms: LIFE_MS, margin_ms: 500, epoch: 0, heads })
    }

    fn rules(&self, request: pb::RunMilestoneRulesRequest) -> Result<pb::RunMilestoneRulesResponse, Status> {
        let mut inner = self.inner.lock().unwrap();
        answer(inner.mood.clone())?;
        let hold = pb::HoldView { hold: format!("hold-{}", request.milestone), ..Default::default() };
        inner.told.push(request);
        Ok(pb::RunMilestoneRulesResponse { holds: vec![hold], ..Default::default() })
    }
}

fn answer(mood: Mood) -> Result<(), Status> {
    match mood {
        Mood::Open => Ok(()),
        Mood::Held(hold) => {
            let refused = Refused::new("SAF-0001", Reason::FailedPrecondition, "held").hold(hold);
            Err(refused.into())
        }
        Mood::Silent => Err(Status::unavailable("nobody is there")),
    }
}

impl NamedService for Script {
    const NAME: &'static str = "holdpoint.safety.v1.Safety";
}

type Answered<T> = Pin<Box<dyn Future<Output = Result<T, Infallible>> + Send>>;

impl Service<http::Request<Body>> for Script {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answered<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            Ok(match request.uri().path().rsplit('/').next() {
                Some("IssuePermit") => {
                    let codec = ProstCodec::<pb::IssuePermitResponse, pb::IssuePermitRequest>::default();
                    Grpc::new(codec).unary(this, request).await
                }
                _ => {
                    let codec =
                        ProstCodec::<pb::RunMilestoneRulesResponse, pb::RunMilestoneRulesRequest>::default();
                    Grpc::new(codec).unary(this, request).await
                }
            })
        })
    }
}

impl UnaryService<pb::IssuePermitRequest> for Script {
    type Response = pb::IssuePermitResponse;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Self::Response>, Status>> + Send>>;

    fn call(&mut self, request: Request<pb::IssuePermitRequest>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { this.permit(request.into_inner()).map(Response::new) })
    }
}

impl UnaryService<pb::RunMilestoneRulesRequest> for Script {
    type Response = pb::RunMilestoneRulesResponse;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Self::Response>, Status>> + Send>>;

    fn call(&mut self, request: Request<pb::RunMilestoneRulesRequest>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { this.rules(request.into_inner()).map(Response::new) })
    }
}
