//! Decides delivery within one process, the embedded default: a bounded queue for each reader. A reader that is too
//! slow misses messages, as on any bus; it finds the rows in the journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{Answer, Bus, BusError, Deliveries, Delivery, Message, Subscription};

const QUEUE: usize = 4096;

/// A bus within this process. Clones are the same bus.
#[derive(Debug, Clone, Default)]
pub struct Local {
    readers: Arc<Mutex<Vec<Reader>>>,
}

#[derive(Debug)]
struct Reader {
    source: String,
    queue: mpsc::Sender<Message>,
}

/// The way back into one reader's queue.
#[derive(Debug)]
pub(crate) struct Again {
    queue: mpsc::WeakSender<Message>,
}

impl Again {
    pub(crate) fn later(self, message: Message, delay: Duration) {
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(queue) = self.queue.upgrade()
                && queue.send(message).await.is_err()
            {
                tracing::debug!("the reader left before a message came again");
            }
        });
    }
}

impl Bus for Local {
    fn publish<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<(), BusError>> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|reader| !reader.queue.is_closed());
        for message in messages {
            for reader in readers.iter().filter(|reader| reader.source == message.service) {
                if reader.queue.try_send(message.clone()).is_err() {
                    tracing::debug!(
                        chain = message.chain,
                        "a reader's queue is full; it will find the row itself"
                    );
                }
            }
        }
        drop(readers);
        Box::pin(async { Ok(()) })
    }

    fn subscribe(&self, wanted: Subscription) -> BoxFuture<'_, Result<Deliveries, BusError>> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let way_back = queue.downgrade();
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.push(Reader { source: wanted.source, queue });
        drop(readers);
        let deliveries = ReceiverStream::new(messages).map(move |message| Delivery {
            message,
            answer: Answer::Local(Again { queue: way_back.clone() }),
        });
        Box::pin(async { Ok(deliveries.boxed()) })
    }

    fn is_reachable(&self) -> bool {
        true
    }
}
