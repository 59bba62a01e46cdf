//! Decides whether a call may pass: its token, its rpc's roles, the caller's own share of the server. What passes
//! carries its actor; a stream it opens ends when the token does.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::AUTHORIZATION;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::Span;

use super::access::Access;
use super::body::{Ending, Side};
use super::load::Load;
use crate::clock::MachineClock;
use crate::identity::Actor;

/// What a call is judged by.
pub(super) struct Gate {
    access: Access,
    clock: MachineClock,
    draining: CancellationToken,
    load: Arc<Load>,
}

impl Gate {
    pub(super) fn new(
        access: Access,
        clock: MachineClock,
        draining: CancellationToken,
        load: Arc<Load>,
    ) -> Self {
        Self { access, clock, draining, load }
    }

    fn judge(&self, request: &Request) -> Result<Option<Actor>, Status> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        self.access.judge(request.uri().path(), token, self.clock.wall())
    }
}

pub(super) async fn pass(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let actor = match gate.judge(&request) {
        Ok(Some(actor)) => actor,
        Ok(None) => return next.run(request).await,
        Err(status) => return status.into_http(),
    };
    Span::current().record("principal", &actor.principal);
    let share = match gate.load.share_of(&actor.principal) {
        Ok(share) => share,
        Err(status) => return status.into_http(),
    };
    let shape = gate.access.shape(request.uri().path());
    let expires = actor.expires;
    let end =
        |body, side, held| Ending::new(body, side, expires, gate.clock.clone(), gate.draining.clone(), held);
    request.extensions_mut().insert(actor);
    if shape.uploads {
        request = request.map(|body| end(body, Side::Request, None).into_body());
    }
    let response = next.run(request).await;
    if !shape.streams {
        return response;
    }
    response.map(|body| end(body, Side::Response, Some(share)).into_body())
}
