//! Gives every call a span in the caller's trace. What is written: the rpc, who called, how it ended and how long it
//! took; never what was in it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing::field::Empty;

use crate::clock::MachineClock;
use crate::metrics::METRICS;
use crate::telemetry::propagation;

/// The path of an rpc as the contract writes it. What else a caller asks for may hold anything, and is not written down.
fn known(path: &str) -> &'static str {
    let method = holdpoint_api::METHODS.iter().find(|method| method.path == path);
    method.map_or("other", |method| method.path.trim_start_matches('/'))
}

pub(super) async fn within_span(State(clock): State<MachineClock>, request: Request, next: Next) -> Response {
    let whole = request.uri().path().to_owned();
    let path = known(&whole);
    let span = tracing::info_span!(
        "call",
        otel.name = path,
        rpc = path,
        principal = Empty,
        trace = Empty,
        status = Empty
    );
    propagation::follow(&span, propagation::of_headers(request.headers()));
    if let Some(id) = propagation::trace_id(&span) {
        span.record("trace", id);
    }
    let mark = clock.mark();
    async move {
        let response = next.run(request).await;
        // An answer that streams tells its end in trailers; here only what is known when it starts.
        let status =
            response.headers().get("grpc-status").and_then(|value| value.to_str().ok()).unwrap_or("0");
        tracing::Span::current().record("status", status);
        METRICS.answered(&whole, status, clock.boot_since(&mark));
        tracing::debug!(status, micros = clock.boot_since(&mark).as_micros(), "answered");
        response
    }
    .instrument(span)
    .await
}
