//! What only a server can get wrong: a lost stream, a lost consumer, a restart, settings it does not keep.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use holdpoint_bus::{Bus as _, BusError, JetStream, JetStreamOptions};
use holdpoint_testkit::servers;

use crate::suite::{listen, message, next, options};

async fn raw(url: &str) -> jetstream::Context {
    jetstream::new(async_nats::connect(url).await.unwrap())
}

#[tokio::test]
async fn a_reader_keeps_its_place() {
    let Some(url) = servers::nats() else { return };
    let bus = JetStream::connect(&url, options()).await.unwrap();
    let mut heard = listen(&bus, "safety", "dosing").await;
    bus.publish(&[message("dosing", "t", 1), message("dosing", "t", 2)]).await.unwrap();
    assert_eq!(next(&mut heard).await, message("dosing", "t", 1));
    drop(heard);
    let mut heard = listen(&bus, "safety", "dosing").await;
    bus.publish(&[message("dosing", "t", 3)]).await.unwrap();
    // The second was delivered to the reader that left, unacknowledged, or not at all: the third comes in any case.
    let mut seen = next(&mut heard).await;
    if seen == message("dosing", "t", 2) {
        seen = next(&mut heard).await;
    }
    assert_eq!(seen, message("dosing", "t", 3));
}

#[tokio::test]
async fn the_same_message_twice_is_kept_once() {
    let Some(url) = servers::nats() else { return };
    let bus = JetStream::connect(&url, options()).await.unwrap();
    let mut heard = listen(&bus, "safety", "dosing").await;
    let twice = message("dosing", "t", 1);
    bus.publish(&[twice.clone(), twice.clone()]).await.unwrap();
    bus.publish(&[twice.clone(), message("dosing", "t", 2)]).await.unwrap();
    assert_eq!(next(&mut heard).await, twice);
    assert_eq!(next(&mut heard).await, message("dosing", "t", 2));
}

#[tokio::test]
async fn a_wiped_stream_and_a_lost_consumer_are_made_again() {
    let Some(url) = servers::nats() else { return };
    let options = options();
    let name = options.root.to_uppercase();
    let bus = JetStream::connect(&url, options).await.unwrap();
    let mut heard = listen(&bus, "safety", "dosing").await;
    bus.publish(&[message("dosing", "t", 1)]).await.unwrap();
    assert_eq!(next(&mut heard).await, message("dosing", "t", 1));
    raw(&url).await.delete_stream(&name).await.unwrap();
    let sent = message("dosing", "t", 2);
    let lost = bus.publish(std::slice::from_ref(&sent)).await;
    assert!(matches!(lost, Err(BusError::Unreachable(_))), "said, not swallowed: {lost:?}");
    bus.publish(std::slice::from_ref(&sent)).await.expect("the stream was made again");
    assert_eq!(next(&mut heard).await, sent);
    raw(&url).await.delete_consumer_from_stream("safety-from-dosing", &name).await.unwrap();
    bus.publish(&[message("dosing", "t", 3)]).await.unwrap();
    // A consumer made again starts from the beginning: what was heard before may come again.
    let mut again = next(&mut heard).await;
    if again == sent {
        again = next(&mut heard).await;
    }
    assert_eq!(again, message("dosing", "t", 3));
}

#[tokio::test]
async fn a_stream_that_is_not_as_asked_is_refused() {
    let Some(url) = servers::nats() else { return };
    let options = options();
    let other = stream::Config {
        name: options.root.to_uppercase(),
        subjects: vec![format!("{}.>", options.root)],
        max_bytes: 1 << 20,
        ..stream::Config::default()
    };
    raw(&url).await.create_stream(other).await.unwrap();
    let refused = JetStream::connect(&url, options).await.unwrap_err();
    assert!(matches!(&refused, BusError::Misconfigured(what) if what.contains("max_bytes")), "{refused}");
}

#[tokio::test]
async fn a_server_that_is_not_there_delays_nothing() {
    let options = JetStreamOptions::default();
    // Nobody listens on this port: it is the discard service's.
    let connected =
        tokio::time::timeout(Duration::from_secs(20), JetStream::connect("nats://127.0.0.1:9", options));
    let bus = connected.await.expect("connecting does not wait for the server").unwrap();
    assert!(!bus.is_reachable());
}
