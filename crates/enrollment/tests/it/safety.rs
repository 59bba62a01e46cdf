//! A safety whose answers a test decides: a real gRPC server with a real journal, and a script for its two answers.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use holdpoint_api::common::v1::{Head, Heads};
use holdpoint_api::enrollment::v1::{PermitReturned, PermitVoided};
use holdpoint_api::safety::v1 as pb;
use holdpoint_chassis::client::ServiceChannel;
use holdpoint_chassis::error::{Reason, Refused};
use holdpoint_chassis::ids::Ids;
use prost::Message;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::house::{TRIAL, journal_in};

/// What safety answers.
#[derive(Clone, Default)]
pub struct Script {
    inner: Arc<Mutex<Inner>>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

struct Inner {
    mood: Mood,
    ids: Ids,
    /// The newest permit of each subject's first, second ... allocation.
    given: BTreeMap<(String, String, u32), String>,
    enrollment: Option<ServiceChannel>,
    asked: Vec<pb::IssuePermitRequest>,
    told: Vec<pb::RunMilestoneRulesRequest>,
    before_answer: Option<Hook>,
    seen: Option<Head>,
    /// It knows that the answer to every permit was seen.
    heard: bool,
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
    /// A permit is given, and its answer is lost on the way.
    Lost,
}

impl Default for Inner {
    fn default() -> Self {
        let (asked, told) = (vec![], vec![]);
        let (given, enrollment) = (BTreeMap::new(), None);
        let (mood, ids, before_answer, seen) = (Mood::Open, Ids::random(), None, None);
        Self { mood, ids, given, enrollment, asked, told, before_answer, seen, heard: false }
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

    /// It knows that what it permitted was seen.
    pub fn has_heard(&self) {
        self.inner.lock().unwrap().heard = true;
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

    /// Enrollment's journal is read here: a permit that stands there as void or returned bars nobody.
    pub fn reads(&self, enrollment: ServiceChannel) {
        self.inner.lock().unwrap().enrollment = Some(enrollment);
    }

    /// The newest permit given for a subject, whether its answer arrived or not.
    pub fn given(&self, subject: &str) -> String {
        self.inner.lock().unwrap().given[&(TRIAL.to_owned(), subject.to_owned(), 0)].clone()
    }

    async fn permit(&self, request: pb::IssuePermitRequest) -> Result<pb::IssuePermitResponse, Status> {
        let subject = request.placement.clone().unwrap_or_default().subject;
        let subject = (request.trial.clone(), subject, request.number);
        let (mood, hook, earlier, enrollment, yours) = {
            let mut inner = self.inner.lock().unwrap();
            inner.asked.push(request);
            let earlier = inner.given.get(&subject).cloned();
            let (hook, seen) = (inner.before_answer.clone(), inner.seen.clone());
            (inner.mood.clone(), hook, earlier, inner.enrollment.clone(), seen)
        };
        if let (Some(earlier), Some(enrollment)) = (earlier, enrollment)
            && !void(enrollment, &subject.0).await.contains(&earlier)
        {
            let refused =
                Refused::new("SAF-0008", Reason::FailedPrecondition, "an earlier permit is not void");
            let refused = refused.field("permit", Some(earlier), "a void one");
            let heard = self.inner.lock().unwrap().heard.then(|| "yes".to_owned());
            return Err(refused.field("heard", heard, "an answer that nobody heard").into());
        }
        let permit = self.inner.lock().unwrap().ids.next().to_string();
        if matches!(mood, Mood::Open | Mood::Lost) {
            self.inner.lock().unwrap().given.insert(subject, permit.clone());
        }
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

/// The permits that enrollment's journal says are void or returned.
async fn void(enrollment: ServiceChannel, trial: &str) -> BTreeSet<String> {
    let settled =
        journal_in(enrollment, trial).await.into_iter().filter_map(|(kind, data)| match kind.as_str() {
            "holdpoint.enrollment.v1.PermitVoided" => {
                Some(PermitVoided::decode(data.as_slice()).unwrap().permit)
            }
            "holdpoint.enrollment.v1.PermitReturned" => {
                Some(PermitReturned::decode(data.as_slice()).unwrap().permit)
            }
            _ => None,
        });
    settled.collect()
}

fn answer(mood: Mood) -> Result<(), Status> {
    match mood {
        Mood::Open => Ok(()),
        Mood::Held(hold) => {
            let refused = Refused::new("SAF-0001", Reason::FailedPrecondition, "held").hold(hold);
            Err(refused.into())
        }
        Mood::Silent | Mood::Lost => Err(Status::unavailable("nobody is there")),
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
        Box::pin(async move { this.permit(request.into_inner()).await.map(Response::new) })
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
