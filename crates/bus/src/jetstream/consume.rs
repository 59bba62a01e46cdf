//! Decides how a service listens: one durable pull consumer for each source (never a list of filters, which servers
//! before 2.10 ignore), a heartbeat on every pull, and a consumer made again whenever it stalls or vanishes.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::JetStream;
use super::stream::same;
use crate::{Answer, BusError, Deliveries, Delivery, Message, Subscription, encode};

const QUEUE: usize = 1024;
/// Longer than any reader holds a message; after it the message comes again.
const ACK_WAIT: Duration = Duration::from_secs(30);
const EXPIRES: Duration = Duration::from_secs(20);
const HEARTBEAT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

pub(super) async fn subscribe(bus: JetStream, wanted: Subscription) -> Result<Deliveries, BusError> {
    let first = match open(&bus, &wanted).await {
        Err(error @ BusError::Misconfigured(_)) => return Err(error),
        other => other.ok(),
    };
    let (queue, deliveries) = mpsc::channel(QUEUE);
    tokio::spawn(pump(bus, wanted, first, queue));
    Ok(ReceiverStream::new(deliveries).boxed())
}

/// Carries messages to the reader until it leaves. Whatever goes wrong, the consumer is made again.
async fn pump(
    bus: JetStream,
    wanted: Subscription,
    mut open_stream: Option<Stream>,
    queue: mpsc::Sender<Delivery>,
) {
    while !queue.is_closed() {
        let stream = match open_stream.take() {
            Some(stream) => Ok(stream),
            None => open(&bus, &wanted).await,
        };
        match stream {
            Ok(stream) => carry(stream, &bus.options.root, &queue).await,
            Err(cause) => tracing::warn!(source = wanted.source, %cause, "not listening; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = queue.closed() => {}
        }
    }
}

async fn carry(mut stream: Stream, root: &str, queue: &mpsc::Sender<Delivery>) {
    loop {
        let arrived = tokio::select! {
            arrived = stream.next() => arrived,
            () = queue.closed() => return,
        };
        match arrived {
            Some(Ok(arrived)) => {
                let Some(delivery) = read(arrived, root) else { continue };
                if queue.send(delivery).await.is_err() {
                    return;
                }
            }
            Some(Err(cause)) => {
                tracing::warn!(%cause, "the consumer stalled; making it again");
                return;
            }
            None => return,
        }
    }
}

async fn open(bus: &JetStream, wanted: &Subscription) -> Result<Stream, BusError> {
    bus.ensure_stream().await?;
    let config = Config {
        durable_name: Some(wanted.durable.clone()),
        filter_subject: format!("{}.{}.>", bus.options.root, encode::token(&wanted.source)),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: 10_000,
        ..Config::default()
    };
    let unreachable = |cause: String| BusError::Unreachable(cause);
    let consumer = bus
        .context
        .create_consumer_on_stream(config.clone(), bus.stream_name())
        .await
        .map_err(|cause| unreachable(cause.to_string()))?;
    let made = &consumer.cached_info().config;
    same("filter_subject", &config.filter_subject, &made.filter_subject)?;
    same("ack_policy", &config.ack_policy, &made.ack_policy)?;
    same("ack_wait", &config.ack_wait, &made.ack_wait)?;
    same("max_ack_pending", &config.max_ack_pending, &made.max_ack_pending)?;
    consumer
        .stream()
        .max_messages_per_batch(1000)
        .expires(EXPIRES)
        .heartbeat(HEARTBEAT)
        .messages()
        .await
        .map_err(|cause| unreachable(cause.to_string()))
}

/// A message whose subject is not ours is left alone.
fn read(arrived: async_nats::jetstream::Message, root: &str) -> Option<Delivery> {
    let (message, acker) = arrived.split();
    let mut tokens = message.subject.strip_prefix(root)?.strip_prefix('.')?.split('.');
    let (service, chain) = (tokens.next()?.to_owned(), encode::decode(tokens.next()?));
    let mut headers = BTreeMap::new();
    for (name, values) in message.headers.iter().flat_map(async_nats::HeaderMap::iter) {
        if let Some(value) = values.first() {
            headers.insert(name.to_string(), encode::decode(value.as_str()));
        }
    }
    let message = Message { service, chain, headers, body: message.payload.to_vec() };
    Some(Delivery { message, answer: Answer::JetStream(Box::new(acker)) })
}
