//! Turns the library's own answers into ours: a request that cannot be decoded or is too large is the caller's to
//! mend, and is told so with a code; gRPC's libraries would call it INTERNAL or OUT_OF_RANGE.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tonic::{Code, Status};

use crate::error::{CODE_KEY, catalog, plain as told};

pub(super) async fn plain(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.headers().contains_key(CODE_KEY) {
        return response;
    }
    match Status::from_header_map(response.headers()).and_then(|status| ours(&status)) {
        Some(status) => status.into_http(),
        None => response,
    }
}

/// Our words for what tonic 0.14 says by itself. Tests send each of these to a real server.
fn ours(status: &Status) -> Option<Status> {
    let says = |start: &str| status.message().starts_with(start);
    match status.code() {
        Code::Internal if says("failed to decode Protobuf message") => Some(
            catalog::UNDECODABLE
                .refuse(
                    "the request is no valid message of its type: broken bytes, or text that is not UTF-8",
                )
                .into(),
        ),
        Code::Internal if says("protocol error: received message") || says("Missing request message") => {
            Some(
                catalog::UNDECODABLE
                    .refuse("the request holds no whole message in the form that gRPC prescribes")
                    .into(),
            )
        }
        Code::OutOfRange if says("Error, decoded message length too large") => Some(
            catalog::TOO_LARGE
                .refuse("the message is larger than 4 MiB (4194304 bytes); send less at once")
                .into(),
        ),
        Code::Unimplemented if status.message().is_empty() => {
            Some(told(Code::Unimplemented, catalog::UNKNOWN_CALL, "SYS-0003: this server has no such call"))
        }
        _ => None,
    }
}
