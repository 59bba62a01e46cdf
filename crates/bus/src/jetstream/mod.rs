//! Decides how messages go over NATS JetStream: one file stream for all services, acknowledgements awaited, reconnects
//! without end. What the server says it made is compared with what was asked: servers before 2.10 accept settings
//! they do not know and ignore them. The floor is nats-server 2.9.10.

mod consume;
mod look;
mod stream;

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::{self, Context};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::{Bus, BusError, Deliveries, Message, Subscription, encode};

pub use look::ServerSays;

/// How long an acknowledgement may take.
const ACK: Duration = Duration::from_secs(5);

/// How the server is reached, and how the stream is named and bounded.
#[derive(Clone)]
pub struct JetStreamOptions {
    /// First token of every subject; the stream is named after it in capitals.
    pub root: String,
    /// Keep messages this long. The journal keeps them for ever.
    pub max_age: Duration,
    /// Keep at most this much; must be below the volume's size.
    pub max_bytes: i64,
    /// Copies in a cluster.
    pub replicas: usize,
    /// Who speaks: the service's name. Answers come to subjects of this name alone, so that a server's permissions can keep
    /// them from others.
    pub speaker: String,
    /// Seed of the speaker's NATS key, where the server wants one.
    pub nkey: Option<String>,
    /// The authority that the server's certificate is checked against, PEM.
    pub ca: Option<PathBuf>,
}

impl std::fmt::Debug for JetStreamOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JetStreamOptions")
            .field("root", &self.root)
            .field("speaker", &self.speaker)
            .finish_non_exhaustive()
    }
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            root: "holdpoint".to_owned(),
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_bytes: 1 << 30,
            replicas: 1,
            speaker: "holdpoint".to_owned(),
            nkey: None,
            ca: None,
        }
    }
}

/// A bus over NATS JetStream. Clones share the connection.
#[derive(Debug, Clone)]
pub struct JetStream {
    client: async_nats::Client,
    context: Context,
    options: JetStreamOptions,
}

impl JetStream {
    /// Connects, or goes on trying in the background: a service starts without its bus and says so. A server that
    /// answers and is too old, or does not make the stream as asked, is an error.
    pub async fn connect(url: &str, options: JetStreamOptions) -> Result<Self, BusError> {
        let client = connecting(&options)
            .connect(url)
            .await
            .map_err(|cause| BusError::Unreachable(cause.to_string()))?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(ACK);
        let bus = Self { client, context, options };
        match bus.ensure_stream().await {
            Err(BusError::Unreachable(cause)) => {
                tracing::warn!(cause, "NATS does not answer yet; rows wait in the journal");
            }
            other => other?,
        }
        Ok(bus)
    }

    async fn publish_all(&self, messages: &[Message]) -> Result<(), BusError> {
        let mut acks = Vec::with_capacity(messages.len());
        for message in messages {
            let sent = self
                .context
                .publish_with_headers(
                    message.subject(&self.options.root),
                    headers(message),
                    message.body.clone().into(),
                )
                .await
                .map_err(|cause| BusError::Unreachable(cause.to_string()))?;
            acks.push(sent.into_future());
        }
        for ack in acks {
            ack.await.map_err(|cause| BusError::Unreachable(cause.to_string()))?;
        }
        Ok(())
    }
}

fn connecting(options: &JetStreamOptions) -> async_nats::ConnectOptions {
    known_as(options)
        .max_reconnects(None)
        .retry_on_initial_connect()
        .reconnect_delay_callback(|attempt| Duration::from_millis((50 << attempt.min(6)) as u64))
}

/// Who connects, and whom it believes.
fn known_as(options: &JetStreamOptions) -> async_nats::ConnectOptions {
    let connecting = async_nats::ConnectOptions::new()
        .name(&options.speaker)
        .custom_inbox_prefix(format!("_INBOX_{}", encode::token(&options.speaker)));
    let connecting = match &options.nkey {
        Some(seed) => connecting.nkey(seed.trim().to_owned()),
        None => connecting,
    };
    match &options.ca {
        Some(ca) => connecting.add_root_certificates(ca.clone()),
        None => connecting,
    }
}

impl Bus for JetStream {
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>> {
        async move {
            let outcome = self.publish_all(messages).await;
            if outcome.is_err() {
                // A wiped or deleted stream gives no acknowledgement: make it again, then let the relay repeat.
                self.ensure_stream().await?;
            }
            outcome
        }
        .boxed()
    }

    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>> {
        consume::subscribe(self.clone(), wanted).boxed()
    }

    fn is_reachable(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }
}

fn headers(message: &Message) -> async_nats::HeaderMap {
    let mut headers = async_nats::HeaderMap::new();
    for (name, value) in &message.headers {
        headers.insert(name.as_str(), encode::header(value).as_str());
    }
    headers
}
