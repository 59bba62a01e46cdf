//! What concerns the whole process: signals, and traces that reach a collector.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use holdpoint_chassis::config::TelemetrySettings;
use holdpoint_chassis::lifecycle::{Ended, Shutdown};
use holdpoint_chassis::telemetry;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;

use crate::stub::*;

#[tokio::test]
async fn sigterm_drains() {
    let shutdown = Shutdown::new();
    shutdown.on_signals().unwrap();
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM).unwrap();
    assert_eq!(shutdown.drained(Duration::from_secs(30)).await, Ended::Drained);
}

/// Stands in for an OTLP collector: keeps the bytes it is sent.
#[derive(Clone)]
struct Collector(Arc<mpsc::UnboundedSender<Vec<u8>>>);

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl Service<http::Request<Body>> for Collector {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let kept = self.0.clone();
        Box::pin(async move {
            let bytes =
                axum::body::to_bytes(axum::body::Body::new(request.into_body()), usize::MAX).await.unwrap();
            kept.send(bytes.to_vec()).unwrap();
            Ok(tonic::Status::ok("").into_http())
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calls_trace_reaches_the_collector_and_carries_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (send, mut received) = mpsc::unbounded_channel();
    let collector = tonic::transport::Server::builder().add_service(Collector(Arc::new(send)));
    tokio::spawn(collector.serve_with_incoming(TcpIncoming::from(listener)));

    let settings = TelemetrySettings { otlp_endpoint: Some(endpoint), ..TelemetrySettings::default() };
    let telemetry = telemetry::start(&settings, "safety").unwrap();
    let running = run(Handlers::quick(), |_| {}).await;
    let token = running.token(holdpoint_chassis::identity::Role::SafetyOfficer);
    let caller = holdpoint_chassis::client::Caller::bearer(&token).unwrap();
    Client(running.channel(caller)).call(HOLDS).await.unwrap();
    telemetry.end().await;

    let sent = received.recv().await.unwrap();
    let text = String::from_utf8_lossy(&sent);
    assert!(text.contains("holdpoint-safety") && text.contains("holdpoint.safety.v1.Safety/ListHolds"));
    assert!(text.contains("m.okafor"));
    assert!(!text.contains(&token));
}
