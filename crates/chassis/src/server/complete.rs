//! Sees to it that a call runs to its end, also when its caller goes away half-way: a handler dropped between two
//! writes is the classic way to lose one. A handler's panic is a fault, not a broken connection.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use super::deadline;
use crate::error::Error;
use crate::lifecycle::Shutdown;

/// Every handler has a task of its own that shutdown waits for. Queries as well: telling apart what writes would need
/// a list that someone forgets, and the work left running is bounded by the limit on calls in flight.
pub(super) async fn to_the_end(State(shutdown): State<Shutdown>, request: Request, next: Next) -> Response {
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match shutdown.spawn(deadline::carry(deadline::current(), work)).await {
        Ok(Ok(response)) => response,
        _ => tonic::Status::from(Error::fault(anyhow::anyhow!("the handler panicked"))).into_http(),
    }
}
