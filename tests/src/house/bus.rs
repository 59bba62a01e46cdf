//! What a person with the bus's password may do to it, and how far its readers are: a client of NATS that is none of ours.

use anyhow::{Context as _, ensure};
use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, stream::Stream};
use futures::TryStreamExt as _;

use super::{House, PATIENCE, until};

/// The one stream.
const STREAM: &str = "HOLDPOINT";
/// By this header the server knows a repeat within minutes.
const KNOWN_BY: &str = "Nats-Msg-Id";

/// The bus's own view.
pub struct Bus {
    context: jetstream::Context,
    client: async_nats::Client,
}

/// A message as it was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// "holdpoint.safety.pgf-msc"
    pub subject: String,
    /// Its headers, without the one that marks a repeat: as after the time in which the server knows repeats.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Published {
    /// Whether it is an event of this type.
    pub fn is(&self, kind: &str) -> bool {
        self.headers.get("ce-type").is_some_and(|is| is.as_str() == kind)
    }

    /// Number of the row.
    pub fn number(&self) -> anyhow::Result<u64> {
        Ok(self.headers.get("ce-hpnumber").context("a message without a number")?.as_str().parse()?)
    }
}

impl House {
    /// A client of this house's bus.
    pub async fn bus(&self) -> anyhow::Result<Bus> {
        let url = self.nats.as_ref().context("this house has no NATS server")?.url();
        let client = async_nats::connect(url).await?;
        Ok(Bus { context: jetstream::new(client.clone()), client })
    }
}

impl Bus {
    /// Everything that was published.
    pub async fn published(&self) -> anyhow::Result<Vec<Published>> {
        let mut stream = self.stream().await?;
        let count = usize::try_from(stream.info().await?.state.messages)?;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::None,
            ..Default::default()
        };
        let consumer = stream.create_consumer(config).await?;
        let mut messages = consumer.fetch().max_messages(count).messages().await?;
        let mut published = Vec::new();
        while let Some(message) = messages.try_next().await.map_err(anyhow::Error::from_boxed)? {
            let headers = unknown(message.headers.as_ref());
            let (subject, body) = (message.subject.to_string(), message.payload.to_vec());
            published.push(Published { subject, headers, body });
        }
        ensure!(published.len() == count, "{} of {count} messages were read", published.len());
        let name = consumer.cached_info().name.clone();
        stream.delete_consumer(&name).await?;
        Ok(published)
    }

    /// Publishes as they are, and waits until the server has stored the last.
    pub async fn publish(&self, messages: &[Published]) -> anyhow::Result<()> {
        for message in messages {
            let (subject, body) = (message.subject.clone(), message.body.clone().into());
            self.client.publish_with_headers(subject, message.headers.clone(), body).await?;
        }
        Ok(self.client.flush().await?)
    }

    /// Waits until every reader has had and acknowledged everything.
    pub async fn drained(&self) -> anyhow::Result<()> {
        until("every reader has had everything of the bus", PATIENCE * 2, async || {
            let consumers: Vec<_> = self.stream().await?.consumers().try_collect().await?;
            let waits = consumers.iter().any(|one| one.num_pending > 0 || one.num_ack_pending > 0);
            Ok((!waits).then_some(()))
        })
        .await
    }

    /// Deletes the stream with everything in it.
    pub async fn delete(&self) -> anyhow::Result<()> {
        self.context.delete_stream(STREAM).await?;
        Ok(())
    }

    async fn stream(&self) -> anyhow::Result<Stream> {
        Ok(self.context.get_stream(STREAM).await?)
    }
}

/// The headers without the one by which the server knows a repeat.
fn unknown(headers: Option<&HeaderMap>) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, values) in headers.into_iter().flat_map(HeaderMap::iter) {
        let name: &str = name.as_ref();
        for value in values.iter().filter(|_| name != KNOWN_BY) {
            kept.append(name, value.as_str());
        }
    }
    kept
}
