//! How things end: a stream with its token, a server at shutdown, work whose caller has gone.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use holdpoint_api::safety::v1::{AlertRaised, ListHoldsResponse};
use holdpoint_chassis::clock::{MachineClock, TestMachine};
use holdpoint_chassis::error::code_of;
use holdpoint_chassis::lifecycle::Ended;
use tokio::sync::Semaphore;
use tonic::Code;

use crate::stub::*;

fn one_then_silence() -> Alerts {
    futures::stream::iter([Ok(AlertRaised::default())]).chain(futures::stream::pending()).boxed()
}

#[tokio::test]
async fn a_stream_ends_when_its_token_does_busy_or_silent() {
    let endless = || futures::stream::repeat_with(|| Ok(AlertRaised::default())).boxed();
    for alerts in [one_then_silence as fn() -> Alerts, endless] {
        let machine = TestMachine::default();
        let running = run_with(Handlers::alerts(alerts), MachineClock::test(&machine), |_| {}).await;
        let mut stream = running.person().alerts().await.unwrap();
        stream.message().await.unwrap().unwrap();
        machine.advance_wall(Duration::from_secs(601));
        let ended = loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without a word"),
                Err(status) => break status,
            }
        };
        assert_eq!((ended.code(), code_of(&ended)), (Code::Unauthenticated, Some("SYS-0004")), "{ended:?}");
        assert!(ended.message().contains("expired"));
    }
}

#[tokio::test]
async fn an_open_stream_counts_to_its_callers_share() {
    let running =
        run(Handlers::alerts(one_then_silence), |settings| settings.max_calls_per_principal = 1).await;
    let person = running.person();
    let mut stream = person.alerts().await.unwrap();
    stream.message().await.unwrap().unwrap();
    assert_eq!(person.call(HOLDS).await.unwrap_err().code(), Code::ResourceExhausted);
    drop(stream);
    while person.call(HOLDS).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn shutdown_ends_streams_finishes_calls_and_takes_no_more() {
    let (started, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let mut handlers = Handlers::unary({
        let (started, go) = (started.clone(), go.clone());
        move |_| {
            let (started, go) = (started.clone(), go.clone());
            async move {
                started.add_permits(1);
                go.acquire().await.unwrap().forget();
                Ok(ListHoldsResponse::default())
            }
        }
    });
    handlers.alerts = Arc::new(one_then_silence);
    let running = run(handlers, |_| {}).await;
    let mut stream = running.person().alerts().await.unwrap();
    stream.message().await.unwrap().unwrap();
    let person = running.person();
    let call = tokio::spawn(async move { person.call(PLACE).await });
    started.acquire().await.unwrap().forget();

    running.shutdown.request();
    let ended = stream.message().await.unwrap_err();
    assert_eq!((ended.code(), code_of(&ended)), (Code::Unavailable, Some("SYS-0012")), "{ended:?}");
    go.add_permits(1);
    call.await.unwrap().unwrap();
    running.served.await.unwrap().unwrap();
    assert_eq!(running.shutdown.drained(Duration::from_secs(30)).await, Ended::Drained);
    let stranger = tokio::net::TcpStream::connect(running.url.trim_start_matches("http://")).await;
    assert!(stranger.is_err(), "the port is closed");
}

#[tokio::test]
async fn work_goes_on_when_the_caller_has_gone_and_shutdown_waits_for_it() {
    let (started, go, done) =
        (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let running = run(
        Handlers::unary({
            let (started, go, done) = (started.clone(), go.clone(), done.clone());
            move |_| {
                let (started, go, done) = (started.clone(), go.clone(), done.clone());
                async move {
                    started.add_permits(1);
                    go.acquire().await.unwrap().forget();
                    done.add_permits(1);
                    Ok(ListHoldsResponse::default())
                }
            }
        }),
        |_| {},
    )
    .await;
    let person = running.person();
    let call = tokio::spawn(async move { person.call(PLACE).await });
    started.acquire().await.unwrap().forget();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    running.shutdown.request();
    running.served.await.unwrap().unwrap();
    assert_eq!(done.available_permits(), 0);
    go.add_permits(1);
    assert_eq!(running.shutdown.drained(Duration::from_secs(30)).await, Ended::Drained);
    assert_eq!(done.available_permits(), 1);
}
