//! Asks until it is answered: a call that did not get through is sent again as it was, with the request id it had, so that it is
//! done once. A refusal is an answer.

use std::time::Duration;

use holdpoint_chassis::clock::MachineClock;
use tonic::{Code, Response, Status};

/// Between one try and the next.
const PAUSE: Duration = Duration::from_millis(40);
/// How long a silent service is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Sends `message` with a clone of `client` until there is an answer, or patience ends with the last thing heard.
pub async fn ask<C, M, R, F>(client: &C, message: M, call: impl Fn(C, M) -> F) -> Result<R, Status>
where
    C: Clone,
    M: Clone,
    F: Future<Output = Result<Response<R>, Status>>,
{
    let clock = MachineClock::new();
    let begun = clock.mark();
    loop {
        match call(client.clone(), message.clone()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) if passes(&status) && clock.since(&begun) < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(status) => return Err(status),
        }
    }
}

/// `call!(mei.enrollment, record_fact, request)`: [`ask`] of one method.
macro_rules! call {
    ($client:expr, $method:ident, $message:expr) => {
        $crate::client::ask(
            &$client,
            $message,
            |mut client, message| async move { client.$method(message).await },
        )
    };
}
pub(crate) use call;

/// Whether the call may get through another time: the service is away, busy, or lost a race.
pub fn passes(status: &Status) -> bool {
    let away = matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::ResourceExhausted
    );
    // A connection that breaks in the middle of an answer comes as `unknown` with a cause of the transport.
    away || (status.code() == Code::Unknown && std::error::Error::source(status).is_some())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_asked_again_and_a_refusal_is_not() {
        let tries = Cell::new(0);
        let answer = ask(&(), 7, |(), message: i32| {
            tries.set(tries.get() + 1);
            let away = tries.get() < 3;
            async move { if away { Err(Status::unavailable("away")) } else { Ok(Response::new(message)) } }
        });
        assert_eq!(answer.await.unwrap(), 7);
        assert_eq!(tries.get(), 3);
        let refused =
            ask(&(), (), |(), ()| async { Err::<Response<()>, _>(Status::failed_precondition("held")) });
        assert_eq!(refused.await.unwrap_err().code(), Code::FailedPrecondition);
    }
}
