//! From an answer to a Go that may be acted on: judged when it is heard, acknowledged within what is left of its life,
//! and judged again after that, because an acknowledgement takes time as well (holds.md step 4).

use std::future::Future;
use std::time::Duration;

use holdpoint_chassis::error::detail_of;
use tokio::time::{sleep, timeout};
use tonic::{Code, Status};

use super::bedside::NoStart;
use super::listener::{Ask, Go, Listener};

/// How long one acknowledgement is waited for before it is sent again.
pub(super) const EACH: Duration = Duration::from_secs(1);
/// Between one acknowledgement that did not get through and the next.
const PAUSE: Duration = Duration::from_millis(50);

/// Hears an answer, acknowledges it with `send` as often as its life allows, and judges the clocks once more. Only a Go
/// that lives after all of this comes out.
pub(super) async fn acknowledged<F, Fut>(
    listener: &Listener,
    ask: &Ask,
    (permit, life_ms): (&str, u64),
    send: F,
) -> Result<Go, NoStart>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<(), Status>>,
{
    let life = Duration::from_millis(life_ms);
    listener.hear(ask, permit, life)?;
    match timeout(listener.left(ask, life), until_answered(send)).await {
        Ok(Ok(())) => {}
        Ok(Err(status)) => return Err(NoStart::NotAcknowledged(Box::new(status))),
        Err(_) => {
            let status = Status::deadline_exceeded("no answer to it within the life of the Go");
            return Err(NoStart::NotAcknowledged(Box::new(status)));
        }
    }
    listener.hear(ask, permit, life).map_err(NoStart::HeardButLate)
}

/// Sends until it is through or judged. What is no judgement is sent again: it keeps its request id.
async fn until_answered<F, Fut>(mut send: F) -> Result<(), Status>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<(), Status>>,
{
    loop {
        match timeout(EACH, send()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(status)) if is_judged(&status) => return Err(status),
            Ok(Err(_)) | Err(_) => sleep(PAUSE).await,
        }
    }
}

/// A refusal in a service's own words. A lost race and silence are none.
fn is_judged(status: &Status) -> bool {
    let passing = [Code::Aborted, Code::Unavailable, Code::DeadlineExceeded];
    !passing.contains(&status.code()) && detail_of(status).is_some()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use holdpoint_chassis::clock::{MachineClock, TestMachine};
    use holdpoint_chassis::error::{Error, Reason, Refused};

    use super::*;
    use crate::client::NotHeard;

    const LIFE: u64 = 5_000;

    fn asked() -> (TestMachine, Listener, Ask) {
        let machine = TestMachine::default();
        let mut listener = Listener::new(MachineClock::test(&machine));
        let ask = listener.ask();
        (machine, listener, ask)
    }

    #[tokio::test]
    async fn a_go_acknowledged_in_its_life_comes_out() {
        let (_, listener, ask) = asked();
        let go = acknowledged(&listener, &ask, ("p", LIFE), || async { Ok(()) }).await.unwrap();
        assert_eq!((go.permit.as_str(), go.attempt), ("p", 1));
    }

    #[tokio::test]
    async fn an_acknowledgement_that_outlasts_the_life_gives_no_go() {
        let (machine, listener, ask) = asked();
        let slow = || {
            machine.advance_wall(Duration::from_millis(LIFE));
            async { Ok(()) }
        };
        let no = acknowledged(&listener, &ask, ("p", LIFE), slow).await.unwrap_err();
        assert!(matches!(no, NoStart::HeardButLate(NotHeard::Late { .. })), "{no:?}");
        assert!(no.to_string().contains("abandon"), "{no}");
    }

    #[tokio::test]
    async fn a_machine_that_slept_while_it_acknowledged_gives_no_go() {
        let (machine, listener, ask) = asked();
        let asleep = || {
            machine.advance(Duration::from_secs(1));
            async { Ok(()) }
        };
        let no = acknowledged(&listener, &ask, ("p", LIFE), asleep).await.unwrap_err();
        assert!(matches!(no, NoStart::HeardButLate(NotHeard::Slept)), "{no:?}");
    }

    #[tokio::test]
    async fn an_acknowledgement_without_an_answer_is_given_up_with_the_life() {
        let (machine, listener, ask) = asked();
        machine.advance_wall(Duration::from_millis(LIFE - 20));
        let no = acknowledged(&listener, &ask, ("p", LIFE), std::future::pending).await.unwrap_err();
        assert!(matches!(no, NoStart::NotAcknowledged(_)), "{no:?}");
    }

    #[tokio::test]
    async fn what_does_not_get_through_is_sent_again_and_a_refusal_is_not() {
        let (_, listener, ask) = asked();
        let sent = Cell::new(0);
        let second_time = || {
            sent.set(sent.get() + 1);
            let through = sent.get() == 2;
            async move { if through { Ok(()) } else { Err(Status::unavailable("no line")) } }
        };
        acknowledged(&listener, &ask, ("p", LIFE), second_time).await.unwrap();
        let refused = || {
            sent.set(sent.get() + 1);
            async { Err(Error::from(Refused::new("DOS-0016", Reason::FailedPrecondition, "void")).into()) }
        };
        let no = acknowledged(&listener, &ask, ("p", LIFE), refused).await.unwrap_err();
        assert!(matches!(no, NoStart::NotAcknowledged(_)), "{no:?}");
        assert_eq!(sent.get(), 3);
    }
}
