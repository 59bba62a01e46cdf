//! A server whose handlers a test decides, under the names of real rpcs, so that their real rules apply.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::BoxStream;
use holdpoint_api::safety::v1::{AlertRaised, ListHoldsRequest, ListHoldsResponse};
use holdpoint_chassis::client::{self, Caller, ServiceChannel};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::config::ServerSettings;
use holdpoint_chassis::identity::{ISSUER, Keyring, Role, Signer, USUAL_LIFE};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::server::Server;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

pub type Answer = Pin<Box<dyn Future<Output = Result<ListHoldsResponse, Status>> + Send>>;
pub type Alerts = BoxStream<'static, Result<AlertRaised, Status>>;

/// What the two kinds of handlers do.
#[derive(Clone)]
pub struct Handlers {
    /// Every unary rpc of safety, whatever its name: the test sends a `ListHoldsRequest`.
    pub unary: Arc<dyn Fn(Request<ListHoldsRequest>) -> Answer + Send + Sync>,
    /// `SubscribeAlerts`.
    pub alerts: Arc<dyn Fn() -> Alerts + Send + Sync>,
}

impl Handlers {
    pub fn unary<F, Fut>(work: F) -> Self
    where
        F: Fn(Request<ListHoldsRequest>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ListHoldsResponse, Status>> + Send + 'static,
    {
        Self {
            unary: Arc::new(move |request| Box::pin(work(request))),
            alerts: Arc::new(|| Box::pin(futures::stream::empty())),
        }
    }

    pub fn quick() -> Self {
        Self::unary(async |_| Ok(ListHoldsResponse::default()))
    }

    pub fn alerts(alerts: impl Fn() -> Alerts + Send + Sync + 'static) -> Self {
        Self { alerts: Arc::new(alerts), ..Self::quick() }
    }
}

impl NamedService for Handlers {
    const NAME: &'static str = "holdpoint.safety.v1.Safety";
}

impl Service<http::Request<Body>> for Handlers {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            Ok(match request.uri().path().rsplit('/').next() {
                Some("SubscribeAlerts") => {
                    let mut grpc = Grpc::new(ProstCodec::<AlertRaised, ListHoldsRequest>::default());
                    grpc.server_streaming(this, request).await
                }
                _ => {
                    Grpc::new(ProstCodec::<ListHoldsResponse, ListHoldsRequest>::default())
                        .unary(this, request)
                        .await
                }
            })
        })
    }
}

impl UnaryService<ListHoldsRequest> for Handlers {
    type Response = ListHoldsResponse;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ListHoldsResponse>, Status>> + Send>>;

    fn call(&mut self, request: Request<ListHoldsRequest>) -> Self::Future {
        let answer = (self.unary)(request);
        Box::pin(async move { answer.await.map(Response::new) })
    }
}

impl ServerStreamingService<ListHoldsRequest> for Handlers {
    type Response = AlertRaised;
    type ResponseStream = Alerts;
    type Future = futures::future::Ready<Result<Response<Alerts>, Status>>;

    fn call(&mut self, _: Request<ListHoldsRequest>) -> Self::Future {
        futures::future::ready(Ok(Response::new((self.alerts)())))
    }
}

/// A running server and what a test needs to call it.
pub struct Running {
    pub url: String,
    pub issuer: Signer,
    pub service: Signer,
    pub clock: MachineClock,
    pub shutdown: Shutdown,
    pub served: JoinHandle<anyhow::Result<()>>,
}

pub async fn run(handlers: Handlers, change: impl FnOnce(&mut ServerSettings)) -> Running {
    run_with(handlers, MachineClock::new(), change).await
}

pub async fn run_with(
    handlers: Handlers,
    clock: MachineClock,
    change: impl FnOnce(&mut ServerSettings),
) -> Running {
    let mut settings = ServerSettings::default();
    change(&mut settings);
    let (issuer, service) = (Signer::random(ISSUER).unwrap(), Signer::random("dosing").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = Shutdown::new();
    let server =
        Server::new(&settings, Keyring::of([&issuer, &service]), clock.clone()).unwrap().add(handlers);
    let served = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { server.serve(listener, &shutdown).await }
    });
    Running { url, issuer, service, clock, shutdown, served }
}

impl Running {
    pub fn token(&self, role: Role) -> String {
        self.issuer.issue("m.okafor", [role], USUAL_LIFE, &self.clock, &Ids::random()).unwrap()
    }

    pub fn channel(&self, caller: Caller) -> ServiceChannel {
        client::connect(&self.url, caller, Duration::from_secs(20)).unwrap()
    }

    pub fn person(&self) -> Client {
        Client(self.channel(Caller::bearer(&self.token(Role::SafetyOfficer)).unwrap()))
    }

    pub fn own(&self) -> Client {
        Client(self.channel(Caller::service(self.service.clone(), self.clock.clone())))
    }
}

/// A client that calls by path.
#[derive(Clone)]
pub struct Client(pub ServiceChannel);

impl Client {
    pub async fn call(&self, path: &'static str) -> Result<Response<ListHoldsResponse>, Status> {
        self.send(path, Request::new(ListHoldsRequest::default())).await
    }

    pub async fn send(
        &self,
        path: &'static str,
        request: Request<ListHoldsRequest>,
    ) -> Result<Response<ListHoldsResponse>, Status> {
        let mut grpc = tonic::client::Grpc::new(self.0.clone());
        grpc.ready().await.map_err(|cause| Status::unavailable(cause.to_string()))?;
        let codec = ProstCodec::<ListHoldsRequest, ListHoldsResponse>::default();
        grpc.unary(request, http::uri::PathAndQuery::from_static(path), codec).await
    }

    pub async fn alerts(&self) -> Result<tonic::Streaming<AlertRaised>, Status> {
        let mut grpc = tonic::client::Grpc::new(self.0.clone());
        grpc.ready().await.map_err(|cause| Status::unavailable(cause.to_string()))?;
        let codec = ProstCodec::<ListHoldsRequest, AlertRaised>::default();
        let path = http::uri::PathAndQuery::from_static(ALERTS);
        Ok(grpc.server_streaming(Request::new(ListHoldsRequest::default()), path, codec).await?.into_inner())
    }
}

pub const HOLDS: &str = "/holdpoint.safety.v1.Safety/ListHolds";
pub const PLACE: &str = "/holdpoint.safety.v1.Safety/PlaceHold";
pub const PERMIT: &str = "/holdpoint.safety.v1.Safety/IssuePermit";
pub const ALERTS: &str = "/holdpoint.safety.v1.Safety/SubscribeAlerts";
