//! Alerts, as a list and as a stream that goes on where a subscriber left off: from the table first, then live. The
//! table is the truth, so a slow subscriber costs no memory and misses nothing (reliability.md F22, F39).

use std::collections::BTreeMap;
use std::time::Duration;

use futures::Stream;
use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Stored;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Reader;
use crate::ctx::Ctx;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::ids::TrialId;
use crate::error::SUBSCRIBER_SLOW;

/// Alerts read at once.
const PAGE: u32 = 200;
/// Look for alerts that another copy of safety raised at least this often.
const LOOK: Duration = Duration::from_millis(500);
/// A subscriber that takes nothing for this long, with a full queue, is let go.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page of a trial's alerts.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// In the order of their numbers.
    pub alerts: Vec<Alert>,
    /// Number after which the next page begins; none at the end.
    pub next: Option<u64>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ListAlerts {
    /// The trial.
    pub trial: TrialId,
    /// Only those that nobody has acknowledged.
    pub unacknowledged_only: bool,
    /// After the alert of this number.
    pub after: u64,
    /// At most so many.
    pub size: u32,
}

/// Lists a page of alerts.
pub async fn list(ctx: &Ctx, reader: &Reader, asked: ListAlerts) -> Result<Alerts> {
    reader.of(ctx, &asked.trial).await?;
    let mut filter = vec![("trial", asked.trial.as_str())];
    if asked.unacknowledged_only {
        filter.push(("open", crate::store::YES));
    }
    let after = place(ctx, asked.after).await?;
    let found: Vec<Stored<Alert>> = ctx.store.page(&filter, after, asked.size).await?;
    let full = found.len() >= usize::try_from(asked.size).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| full).map(|alert| alert.number);
    let open = |alert: &Alert| matches!(alert.state, AlertState::Open { .. });
    let alerts = found.into_iter().map(|stored| stored.value);
    Ok(Alerts { alerts: alerts.filter(|alert| !asked.unacknowledged_only || open(alert)).collect(), next })
}

/// Place in the table of the alert of this number; before all where there is none.
async fn place(ctx: &Ctx, number: u64) -> Result<i64> {
    let found: Vec<Stored<Alert>> = ctx.store.find(&[("number", &number.to_string())]).await?;
    Ok(found.first().map_or(0, |alert| alert.order))
}

/// Every alert after `resume_after` that the reader may see, then each further one. Ends when the subscriber goes
/// away or takes nothing; the server stack ends it with the token.
pub async fn subscribe(
    ctx: &Ctx,
    reader: Reader,
    trial: Option<TrialId>,
    resume_after: u64,
) -> Result<impl Stream<Item = Result<Alert>> + Send + use<>> {
    if let Some(trial) = &trial {
        reader.of(ctx, trial).await?;
    }
    let after = place(ctx, resume_after).await?;
    let (queue, alerts) = mpsc::channel(ctx.alerts.subscriber_queue);
    let pump = Pump { ctx: ctx.clone(), reader, trial, seen: BTreeMap::new(), queue };
    tokio::spawn(pump.run(after, resume_after));
    Ok(ReceiverStream::new(alerts))
}

struct Pump {
    ctx: Ctx,
    reader: Reader,
    trial: Option<TrialId>,
    /// Whether the reader may see a trial, asked once for each and round.
    seen: BTreeMap<TrialId, bool>,
    queue: mpsc::Sender<Result<Alert>>,
}

impl Pump {
    async fn run(mut self, mut after: i64, resume_after: u64) {
        let mut bell = self.ctx.store.doorbell();
        loop {
            bell.mark_unchanged();
            let (reached, more) = match self.page(after, resume_after).await {
                Ok(done) => done,
                Err(error) => {
                    // The subscriber has gone where this is not taken either.
                    let _gone = self.queue.try_send(Err(error));
                    return;
                }
            };
            after = reached;
            if more {
                continue;
            }
            self.seen.clear();
            tokio::select! {
                () = self.queue.closed() => return,
                _ = bell.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Sends one page. Answers how far it came, and whether there is more at once.
    async fn page(&mut self, mut after: i64, resume_after: u64) -> Result<(i64, bool)> {
        let trial = self.trial.clone();
        let filter: Vec<(&str, &str)> = trial.iter().map(|trial| ("trial", trial.as_str())).collect();
        let page: Vec<Stored<Alert>> = self.ctx.store.page(&filter, after, PAGE).await?;
        let more = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        for alert in page {
            after = alert.order;
            if alert.number > resume_after && self.may_see(&alert.trial).await? {
                self.send(alert.value).await?;
            }
        }
        Ok((after, more))
    }

    async fn may_see(&mut self, trial: &TrialId) -> Result<bool> {
        if let Some(seen) = self.seen.get(trial) {
            return Ok(*seen);
        }
        let seen = match self.reader.of(&self.ctx, trial).await {
            Ok(()) => true,
            Err(Error::Refused(_)) => false,
            Err(fault) => return Err(fault),
        };
        self.seen.insert(trial.clone(), seen);
        Ok(seen)
    }

    async fn send(&self, alert: Alert) -> Result<()> {
        let number = alert.number;
        match tokio::time::timeout(PATIENCE, self.queue.send(Ok(alert))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let words = format!("the subscriber takes no more; subscribe again after {}", number - 1);
                Err(SUBSCRIBER_SLOW.refuse(words).into())
            }
        }
    }
}
