//! The bus is a doorbell: it says that a journal has a row, and carries the row along. Nothing depends on its keeping,
//! ordering or delivering anything once; readers check every row against the journal's chain (architecture, idea 2).
//! Two implementations: NATS JetStream, and delivery within one process.

mod encode;
mod jetstream;
mod local;
mod shuffled;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use jetstream::{JetStream, JetStreamOptions, ServerSays};
pub use local::Local;
pub use shuffled::Shuffled;

/// One message: which service rings, for which chain of its journal, and the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The service whose journal it is about.
    pub service: String,
    /// The chain of that journal: a trial's id, or `-`.
    pub chain: String,
    /// `ce-` attributes of CloudEvents 1.0 (NATS binding, binary mode), `traceparent`, `Nats-Msg-Id`.
    pub headers: BTreeMap<String, String>,
    /// The row's stored public bytes.
    pub body: Vec<u8>,
}

impl Message {
    /// The subject under a root: `holdpoint.dosing.pgf-msc`.
    pub fn subject(&self, root: &str) -> String {
        format!("{root}.{}.{}", encode::token(&self.service), encode::token(&self.chain))
    }
}

/// What a reader asks for: all chains of one service's journal, under a name that keeps its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The service whose messages are wanted.
    pub source: String,
    /// Name of the durable consumer: `<reader>-from-<source>`. Copies of one service share it and its work.
    pub durable: String,
}

/// Why the bus could not do what was asked. Never a reason to lose anything: the journal has it.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// Nobody answers; try again.
    #[error("the bus does not answer: {0}")]
    Unreachable(String),
    /// The server does not do what was asked of it; a person must look.
    #[error("the bus is not set up as asked: {0}")]
    Misconfigured(String),
}

/// Messages as they arrive, until the reader drops it.
pub type Deliveries = BoxStream<'static, Delivery>;

/// A doorbell between services.
pub trait Bus: Send + Sync + 'static {
    /// Publishes in this order and returns once the bus has acknowledged every one. After an error any of them may
    /// or may not have been published; publishing them again is harmless.
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>>;

    /// Listens to one service. A bus that does not answer is asked again until it does; only a bus that answers
    /// wrongly is an error.
    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>>;

    /// Whether the bus answers, for health and readiness.
    fn is_reachable(&self) -> bool;
}

/// A bus as services hold it.
pub type SharedBus = Arc<dyn Bus>;

/// One message as delivered. Dropped without an answer, it is delivered again some time later.
pub struct Delivery {
    /// The message.
    pub message: Message,
    answer: Answer,
}

enum Answer {
    JetStream(Box<async_nats::jetstream::message::Acker>),
    Local(local::Again),
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message.fmt(f)
    }
}

impl Delivery {
    /// Says that the message was dealt with. A lost acknowledgement only means a second delivery.
    pub async fn ack(self) {
        if let Answer::JetStream(acker) = self.answer
            && let Err(cause) = acker.ack().await
        {
            tracing::debug!(%cause, "an acknowledgement was lost; the message comes again");
        }
    }

    /// Asks for the message again after a while.
    pub async fn nak(self, delay: Duration) {
        match self.answer {
            Answer::JetStream(acker) => {
                let kind = async_nats::jetstream::AckKind::Nak(Some(delay));
                if let Err(cause) = acker.ack_with(kind).await {
                    tracing::debug!(%cause, "a refusal was lost; the message comes again");
                }
            }
            Answer::Local(again) => again.later(self.message, delay),
        }
    }
}
