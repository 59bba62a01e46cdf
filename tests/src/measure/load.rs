//! A laboratory that sends results at a steady rate, in one stream, for as long as it is not stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use holdpoint::client::Person;
use holdpoint_api::common::v1::Act;
use holdpoint_api::labs::v1::IngestResultsRequest;
use jiff::ToSpan as _;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::stage::Stage;
use crate::story::{PRINTED, report};

/// How often a handful of reports is sent.
const EVERY: Duration = Duration::from_millis(10);
/// Reports that wait for labs before the laboratory does.
const QUEUE: usize = 512;

/// The running laboratory.
pub struct Load {
    sends: JoinHandle<anyhow::Result<()>>,
    hears: JoinHandle<()>,
    taken: Arc<AtomicU64>,
    begun: Instant,
}

impl Load {
    /// Starts to send so many results a second, as labs keeps up.
    pub async fn start(stage: &Stage, per_second: usize) -> anyhow::Result<Self> {
        let laboratory = stage.story.laboratory().await?;
        let (queue, mut requests) = channel(QUEUE);
        let stream = futures::stream::poll_fn(move |cx| requests.poll_recv(cx));
        let taken = Arc::new(AtomicU64::new(0));
        let count = taken.clone();
        let reports = per_second / PRINTED.len() / 100;
        ensure!(reports > 0, "at least {} results a second", PRINTED.len() * 100);
        let subjects = stage.story.treated.iter().map(|subject| subject.id.clone()).collect();
        let now = stage.story.now();
        let sends = tokio::spawn(send(queue, laboratory.clone(), subjects, now, reports));
        let hears = tokio::spawn(async move {
            let Ok(answers) = laboratory.labs.clone().ingest_results(stream).await else { return };
            let mut answers = answers.into_inner();
            while let Ok(Some(answer)) = answers.message().await {
                count.fetch_add(answer.outcomes.len() as u64, Ordering::Relaxed);
            }
        });
        Ok(Self { sends, hears, taken, begun: Instant::now() })
    }

    /// Results a second that labs has taken so far.
    pub fn per_second(&self) -> f64 {
        self.taken.load(Ordering::Relaxed) as f64 / self.begun.elapsed().as_secs_f64()
    }

    /// Stops it; answers what labs took a second.
    pub fn stop(self) -> f64 {
        let rate = self.per_second();
        self.sends.abort();
        self.hears.abort();
        rate
    }
}

/// Sends on time; what labs does not take in time makes the laboratory wait.
async fn send(
    queue: Sender<IngestResultsRequest>,
    laboratory: Person,
    subjects: Vec<String>,
    now: jiff::Timestamp,
    reports: usize,
) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(EVERY);
    for turn in 0_usize.. {
        ticks.tick().await;
        for place in 0..reports {
            let number = turn * reports + place;
            let subject = &subjects[number % subjects.len()];
            // A specimen of each of the last days, over and over: what a subject's course reads stays as long as a course is.
            let taken = now - i64::try_from(number / subjects.len() % 28)?.saturating_mul(24).hours();
            let act = laboratory.act("").map(|act| Act { reason: String::new(), ..act });
            queue.send(IngestResultsRequest { act, report: Some(report(subject, taken)) }).await?;
        }
    }
    Ok(())
}
