//! Gives every call a deadline: the caller's where it states one, capped; the server's own where it states none. What
//! is left of it goes along with the calls that the handler makes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};
use tonic::Code;

use super::access::Rules;
use crate::config::ServerSettings;
use crate::error::{catalog, plain};

const GRPC_TIMEOUT: &str = "grpc-timeout";
/// The answer leaves this long before the caller gives up, so that the caller hears it.
const AHEAD: Duration = Duration::from_millis(10);

tokio::task_local! {
    static CURRENT: Instant;
}

/// What is left of the current call's deadline; none outside a call, or in one without.
pub(crate) fn remaining() -> Option<Duration> {
    CURRENT.try_with(|until| until.saturating_duration_since(Instant::now())).ok()
}

/// Runs a task under the current call's deadline, for work moved to a task of its own.
pub(super) async fn carry<F: Future>(until: Option<Instant>, task: F) -> F::Output {
    match until {
        Some(until) => CURRENT.scope(until, task).await,
        None => task.await,
    }
}

pub(super) fn current() -> Option<Instant> {
    CURRENT.try_with(|until| *until).ok()
}

/// The lengths that are given.
pub(super) struct Deadlines {
    usual: Duration,
    cap: Duration,
    rules: Rules,
}

impl Deadlines {
    pub(super) fn new(settings: &ServerSettings, rules: Rules) -> Self {
        Self {
            usual: Duration::from_millis(settings.deadline_ms),
            cap: Duration::from_millis(settings.deadline_cap_ms),
            rules,
        }
    }

    /// How long the call may take. An upload runs as long as its caller lets it: its token ends it.
    fn of(&self, path: &str, headers: &HeaderMap<HeaderValue>) -> Option<Duration> {
        let asked = asked(headers);
        if self.rules.get(path).is_some_and(|rule| rule.shape.uploads) {
            return asked;
        }
        Some(asked.unwrap_or(self.usual).min(self.cap))
    }
}

pub(super) async fn within(
    State(deadlines): State<Arc<Deadlines>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(length) = deadlines.of(request.uri().path(), request.headers()) else {
        return next.run(request).await;
    };
    let until = Instant::now() + length.saturating_sub(AHEAD.min(length / 10));
    match timeout_at(until, CURRENT.scope(until, next.run(request))).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(code = catalog::DEADLINE, length_ms = length.as_millis(), "deadline passed");
            let words = "SYS-0002: the deadline passed before the answer; whether the call took effect is not known. Ask again with the same request id.";
            plain(Code::DeadlineExceeded, catalog::DEADLINE, words).into_http()
        }
    }
}

/// The `grpc-timeout` header: up to eight digits and a unit (gRPC over HTTP/2, "Timeout").
fn asked(headers: &HeaderMap<HeaderValue>) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count.saturating_mul(3_600)),
        "M" => Duration::from_secs(count.saturating_mul(60)),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_as_grpc_writes_it() {
        for (text, expected) in [
            ("5S", Some(5_000)),
            ("250m", Some(250)),
            ("2M", Some(120_000)),
            ("1H", Some(3_600_000)),
            ("99999999S", Some(99_999_999_000)),
            ("", None),
            ("S", None),
            ("-5S", None),
            ("123456789S", None),
            ("5", None),
            ("5X", None),
            ("5é", None),
        ] {
            let headers: HeaderMap = [(
                http::HeaderName::from_static(GRPC_TIMEOUT),
                HeaderValue::from_bytes(text.as_bytes()).unwrap(),
            )]
            .into_iter()
            .collect();
            assert_eq!(asked(&headers), expected.map(Duration::from_millis), "{text}");
        }
    }
}
