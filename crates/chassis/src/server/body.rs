//! Ends a stream when its token expires or the server drains: nothing passes after, and the caller hears why. A check
//! at the opening of a stream alone would let it outlive the right to it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;

use crate::clock::MachineClock;
use crate::error::catalog;

/// How often a silent stream looks at the clock. A timer set to the expiry would not count a machine's sleep.
const LOOK: Duration = Duration::from_secs(1);

/// Whose stream it is, which decides how its end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The caller's upload: the handler reads an error where the next message would be.
    Request,
    /// The server's answer: the caller reads the status at its end.
    Response,
}

/// A body that may be ended before its time. Holds something until then: the caller's share of the server.
pub(super) struct Ending<G> {
    inner: Option<Body>,
    side: Side,
    expires: Timestamp,
    clock: MachineClock,
    look: Interval,
    draining: Pin<Box<WaitForCancellationFutureOwned>>,
    _held: G,
}

impl<G: Send + Unpin + 'static> Ending<G> {
    pub(super) fn new(
        inner: Body,
        side: Side,
        expires: Timestamp,
        clock: MachineClock,
        draining: CancellationToken,
        held: G,
    ) -> Self {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let draining = Box::pin(draining.cancelled_owned());
        Self { inner: Some(inner), side, expires, clock, look, draining, _held: held }
    }

    /// An empty body is a refusal or a fault, told in the headers: there is nothing to end.
    pub(super) fn into_body(self) -> Body {
        match &self.inner {
            Some(inner) if inner.is_end_stream() => Body::empty(),
            _ => Body::new(self),
        }
    }

    /// Why the stream must end at this moment, if it must.
    fn over(&mut self, cx: &mut Context<'_>) -> Option<Status> {
        // Polled until it is pending, which is what has this task woken for the next look.
        while self.look.poll_tick(cx).is_ready() {}
        (self.clock.wall() >= self.expires).then(|| {
            catalog::UNAUTHENTICATED
                .refuse("the token expired while the stream was open; open it again with another")
                .into()
        })
    }

    fn end(&mut self, status: Status) -> Result<Frame<Bytes>, axum::Error> {
        self.inner = None;
        match self.side {
            Side::Request => Err(axum::Error::new(status)),
            Side::Response => Ok(last(&status)),
        }
    }
}

impl<G: Send + Unpin + 'static> HttpBody for Ending<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if this.inner.is_none() {
            return Poll::Ready(None);
        }
        if let Some(status) = this.over(cx) {
            return Poll::Ready(Some(this.end(status)));
        }
        // What is ready is sent first, so that an answer already made is not lost to a drain.
        if let Some(inner) = &mut this.inner
            && let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx)
        {
            return Poll::Ready(frame);
        }
        ready!(this.draining.as_mut().poll(cx));
        let status = catalog::DRAINING.refuse("the server is stopping; open the stream again").into();
        Poll::Ready(Some(this.end(status)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// The trailers that end a gRPC answer.
fn last(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    // It fails only for a message that is no header value, and the words are ours.
    let _ = status.add_header(&mut trailers);
    Frame::trailers(trailers)
}

#[cfg(test)]
mod tests {
    use holdpoint_api::safety::v1::{ListHoldsRequest, ListHoldsResponse};
    use tonic::codec::Codec;
    use tonic_prost::ProstCodec;

    use super::*;

    type Messages = ProstCodec<ListHoldsResponse, ListHoldsRequest>;

    async fn handler_reads(expires: Timestamp, draining: CancellationToken) -> Status {
        let silent = Body::from_stream(futures::stream::pending::<Result<Bytes, axum::Error>>());
        let ending = Ending::new(silent, Side::Request, expires, MachineClock::new(), draining, ());
        let decoder = Messages::default().decoder();
        tonic::Streaming::new_request(decoder, ending, None, None).message().await.unwrap_err()
    }

    #[tokio::test]
    async fn an_upload_ends_for_its_handler_as_an_answer_does_for_its_caller() {
        let expired = handler_reads(Timestamp::UNIX_EPOCH, CancellationToken::new()).await;
        assert_eq!(expired.code(), tonic::Code::Unauthenticated, "{expired:?}");
        assert_eq!(crate::error::code_of(&expired), Some("SYS-0004"));
        let draining = CancellationToken::new();
        draining.cancel();
        let drained = handler_reads(Timestamp::MAX, draining).await;
        assert_eq!(drained.code(), tonic::Code::Unavailable, "{drained:?}");
    }
}
