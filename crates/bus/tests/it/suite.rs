//! What every bus does: each reader of a service hears its messages in order, once if it says so, again if it asks.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use holdpoint_bus::{Bus, Deliveries, JetStream, JetStreamOptions, Local, Message, Shuffled, Subscription};
use holdpoint_testkit::servers;

const SOON: Duration = Duration::from_secs(20);

pub(crate) fn message(service: &str, chain: &str, n: u32) -> Message {
    let headers = [("ce-hpnumber", n.to_string()), ("Nats-Msg-Id", format!("{service}/{chain}/{n}"))];
    Message {
        service: service.to_owned(),
        chain: chain.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        body: n.to_be_bytes().to_vec(),
    }
}

pub(crate) async fn listen(bus: &dyn Bus, reader: &str, source: &str) -> Deliveries {
    let durable = format!("{reader}-from-{source}");
    bus.subscribe(Subscription { source: source.to_owned(), durable }).await.unwrap()
}

/// The next message, acknowledged.
pub(crate) async fn next(deliveries: &mut Deliveries) -> Message {
    let delivery = tokio::time::timeout(SOON, deliveries.next()).await.expect("a message in time").unwrap();
    let message = delivery.message.clone();
    delivery.ack().await;
    message
}

pub(crate) fn options() -> JetStreamOptions {
    JetStreamOptions {
        root: format!("bus{}", servers::unique()),
        max_bytes: 64 << 20,
        ..JetStreamOptions::default()
    }
}

async fn jetstream() -> Option<JetStream> {
    Some(JetStream::connect(&servers::nats()?, options()).await.unwrap())
}

macro_rules! on_both_buses {
    ($($name:ident),+ $(,)?) => {
        mod in_process { $(#[tokio::test] async fn $name() { super::$name(super::Local::default()).await; })+ }
        mod over_jetstream { $(#[tokio::test] async fn $name() {
            let Some(bus) = super::jetstream().await else { return };
            super::$name(bus).await;
        })+ }
    };
}

on_both_buses!(
    messages_arrive_whole_and_in_order,
    every_reader_hears_everything_of_its_source,
    a_message_comes_again_when_asked_for,
    the_worst_weather_doubles_and_shuffles,
);

async fn messages_arrive_whole_and_in_order(bus: impl Bus) {
    assert!(bus.is_reachable());
    let mut heard = listen(&bus, "safety", "dosing").await;
    // Chains are named by people: dots, blanks and wildcards must not break a subject.
    let chains = ["pgf-msc", "-", "a.b c*>", "试验", "100%"];
    let sent: Vec<Message> = (0..50).map(|n| message("dosing", chains[n as usize % 5], n)).collect();
    bus.publish(&sent[..20]).await.unwrap();
    bus.publish(&sent[20..]).await.unwrap();
    for message in sent {
        assert_eq!(next(&mut heard).await, message);
    }
}

async fn every_reader_hears_everything_of_its_source(bus: impl Bus) {
    let mut safety = listen(&bus, "safety", "dosing").await;
    let mut followup = listen(&bus, "followup", "dosing").await;
    let mut other = listen(&bus, "safety", "enrollment").await;
    bus.publish(&[message("dosing", "t", 1), message("enrollment", "t", 2), message("dosing", "t", 3)])
        .await
        .unwrap();
    for reader in [&mut safety, &mut followup] {
        assert_eq!(next(reader).await, message("dosing", "t", 1));
        assert_eq!(next(reader).await, message("dosing", "t", 3));
    }
    assert_eq!(next(&mut other).await, message("enrollment", "t", 2));
}

async fn a_message_comes_again_when_asked_for(bus: impl Bus) {
    let mut heard = listen(&bus, "safety", "dosing").await;
    bus.publish(&[message("dosing", "t", 1)]).await.unwrap();
    let delivery = tokio::time::timeout(SOON, heard.next()).await.unwrap().unwrap();
    delivery.nak(Duration::from_millis(20)).await;
    assert_eq!(next(&mut heard).await, message("dosing", "t", 1));
}

async fn the_worst_weather_doubles_and_shuffles(bus: impl Bus) {
    let bus = Shuffled::new(bus, 3);
    let mut heard = listen(&bus, "safety", "dosing").await;
    for first in [0, 10, 20] {
        let sent: Vec<Message> = (first..first + 10).map(|n| message("dosing", "t", n)).collect();
        bus.publish(&sent).await.unwrap();
    }
    let mut counts: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    let mut order = vec![];
    for _ in 0..60 {
        let body = next(&mut heard).await.body;
        *counts.entry(body.clone()).or_default() += 1;
        order.push(body);
    }
    assert_eq!((counts.len(), counts.values().filter(|count| **count == 2).count()), (30, 30));
    assert!(!order.is_sorted(), "shuffled");
}
