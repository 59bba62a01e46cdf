//! Alerts as a stream that goes on where a subscriber left off: from the table first, then live. A position is a number
//! in one trial; who listens to several has one in each. The table is the truth, so a slow subscriber costs a bounded
//! queue, holds back nobody, and misses nothing when it comes again (reliability.md F22, F39, F40).

use std::collections::BTreeMap;
use std::time::Duration;

use futures::Stream;
use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Stored;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Reader, alerts};
use crate::ctx::Ctx;
use crate::domain::alert::Alert;
use crate::domain::ids::TrialId;
use crate::error::SUBSCRIBER_SLOW;
use crate::store::AlertSequence;

/// Alerts read at once.
const PAGE: u32 = 200;
/// Look for alerts that another copy of safety raised at least this often.
const LOOK: Duration = Duration::from_millis(500);

/// What a subscriber wants to hear.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// One trial; without it every one that the reader may see.
    pub trial: Option<TrialId>,
    /// Number of the last alert received, by trial. A trial that is not named begins with its first alert.
    pub resume: BTreeMap<TrialId, u64>,
}

/// Every alert after those received, then each further one. Within a trial they come in their order and each once. Ends
/// when the subscriber goes away or takes nothing; the server stack ends it with the token.
pub async fn subscribe(
    ctx: &Ctx,
    reader: Reader,
    wanted: Subscription,
) -> Result<impl Stream<Item = Result<Alert>> + Send + use<>> {
    if let Some(trial) = &wanted.trial {
        reader.of(ctx, trial).await?;
    }
    // One place of the queue is kept for the word that ends the stream, so that a full queue does not swallow it.
    let (queue, alerts) = mpsc::channel(ctx.alerts.subscriber_queue + 1);
    let farewell =
        queue.clone().reserve_owned().await.map_err(|_| Error::fault(anyhow::anyhow!("no queue")))?;
    let pump = Pump { ctx: ctx.clone(), reader, wanted, reached: BTreeMap::new(), queue };
    tokio::spawn(async move {
        if let Err(error) = pump.run().await {
            farewell.send(Err(error));
        }
    });
    Ok(ReceiverStream::new(alerts))
}

/// How far one trial was sent.
#[derive(Debug, Clone, Copy)]
struct Reached {
    /// Place in the table of the alert sent last.
    place: i64,
    /// Its number.
    number: u64,
}

struct Pump {
    ctx: Ctx,
    reader: Reader,
    wanted: Subscription,
    reached: BTreeMap<TrialId, Reached>,
    queue: mpsc::Sender<Result<Alert>>,
}

impl Pump {
    /// Runs until the subscriber goes away, or until it cannot be served any more.
    async fn run(mut self) -> Result<()> {
        let mut bell = self.ctx.store.doorbell();
        loop {
            bell.mark_unchanged();
            let mut more = false;
            for newest in self.sequences().await? {
                more |= self.page(&newest).await?;
            }
            if self.queue.is_closed() {
                return Ok(());
            }
            if more {
                continue;
            }
            tokio::select! {
                () = self.queue.closed() => return Ok(()),
                _ = bell.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The newest alert of each trial that is wanted and that the reader may see at this moment.
    async fn sequences(&self) -> Result<Vec<AlertSequence>> {
        if let Some(trial) = &self.wanted.trial {
            self.reader.of(&self.ctx, trial).await?;
            let newest = self.ctx.store.get::<AlertSequence>(trial.as_str()).await?;
            return Ok(newest.map(|stored| stored.value).into_iter().collect());
        }
        let mut seen = vec![];
        for newest in self.ctx.store.find::<AlertSequence>(&[]).await? {
            match self.reader.of(&self.ctx, &newest.trial).await {
                Ok(()) => seen.push(newest.value),
                Err(Error::Refused(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(seen)
    }

    /// Sends one page of a trial. Answers whether there is more at once.
    async fn page(&mut self, newest: &AlertSequence) -> Result<bool> {
        let trial = &newest.trial;
        let mut reached = match self.reached.get(trial) {
            Some(reached) => *reached,
            None => self.begin(trial).await?,
        };
        if newest.last <= reached.number {
            return Ok(false);
        }
        let found: Vec<Stored<Alert>> =
            self.ctx.store.page(&[("trial", trial.as_str())], reached.place, PAGE).await?;
        let more = found.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        for alert in found {
            let (place, number) = (alert.order, alert.number);
            if number > reached.number {
                self.send(alert.value).await?;
                reached.number = number;
            }
            reached.place = place;
        }
        self.reached.insert(trial.clone(), reached);
        Ok(more)
    }

    async fn begin(&self, trial: &TrialId) -> Result<Reached> {
        let number = self.wanted.resume.get(trial).copied().unwrap_or_default();
        Ok(Reached { place: alerts::place(&self.ctx, trial, number).await?, number })
    }

    /// Waits for a place in the queue. A subscriber that takes nothing for its patience is let go; one that has gone is
    /// noticed by the loop.
    async fn send(&self, alert: Alert) -> Result<()> {
        let (trial, before) = (alert.trial.clone(), alert.previous);
        match tokio::time::timeout(self.ctx.alerts.patience(), self.queue.send(Ok(alert))).await {
            Ok(_) => Ok(()),
            Err(_) => {
                let words =
                    format!("the subscriber takes no more; subscribe again after alert {before} of {trial}");
                Err(SUBSCRIBER_SLOW.refuse(words).into())
            }
        }
    }
}
