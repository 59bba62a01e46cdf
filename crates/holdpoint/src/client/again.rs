//! Asks until it is answered: a call that did not get through is sent again as it was, with the request id it had, so that it is
//! done once. A refusal is an answer.

use std::time::Duration;

use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::error::CODE_KEY;
use holdpoint_chassis::error::catalog::FAULT;
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

/// Whether the call may get through another time: the service is away, busy, lost a race, or met a fault of its own of which
/// it says that the same request id is to be asked again.
pub fn passes(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Aborted
        | Code::ResourceExhausted => true,
        Code::Internal => status.metadata().get(CODE_KEY).is_some_and(|code| code == FAULT),
        // A connection that breaks in the middle of an answer comes as `unknown` with a cause of the transport.
        Code::Unknown => std::error::Error::source(status).is_some(),
        _ => false,
    }
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
        let met = Cell::new(false);
        let answer = ask(&(), 7, |(), message: i32| {
            let mut fault = Status::internal("whether the call took effect is not known");
            fault.metadata_mut().insert(CODE_KEY, FAULT.parse().unwrap());
            let first = !met.replace(true);
            async move { if first { Err(fault) } else { Ok(Response::new(message)) } }
        });
        assert_eq!(answer.await.unwrap(), 7, "a fault that says so is asked again");
        let refused =
            ask(&(), (), |(), ()| async { Err::<Response<()>, _>(Status::failed_precondition("held")) });
        assert_eq!(refused.await.unwrap_err().code(), Code::FailedPrecondition);
    }
}
