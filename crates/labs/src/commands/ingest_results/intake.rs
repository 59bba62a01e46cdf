//! Group commit without a clock: reports queue while a commit is under way, and the next commit takes all that queued, in
//! order, of one feed and up to a journal row's worth of results. The first to come begins at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::server::with_retries;
use tokio::sync::oneshot;

use super::{Taken, batch};
use crate::ctx::Ctx;
use crate::domain::report::Report;
use crate::events::RESULTS_A_ROW;

/// What becomes of a report: an answer for each analyte, or a refusal of the whole.
pub type Answered = Result<Taken>;

/// The queue of reports. Clones share it.
#[derive(Clone, Default)]
pub struct Intake {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Somebody is at work and will come back for what queues.
    at_work: bool,
}

struct Waiting {
    report: Report,
    answer: oneshot::Sender<Answered>,
}

impl Intake {
    /// Queues a report, and begins the work where nobody is at it. What is received is its answer, after the commit.
    pub fn submit(&self, ctx: &Ctx, report: Report) -> oneshot::Receiver<Answered> {
        let (answer, answered) = oneshot::channel();
        let begins = {
            let mut queue = self.lock();
            queue.waiting.push_back(Waiting { report, answer });
            !std::mem::replace(&mut queue.at_work, true)
        };
        if begins {
            let (intake, ctx) = (self.clone(), ctx.clone());
            tokio::spawn(async move { intake.work(&ctx).await });
        }
        answered
    }

    /// Commit after commit until nothing is left.
    async fn work(&self, ctx: &Ctx) {
        while let Some(next) = self.next() {
            let (reports, answers): (Vec<Report>, Vec<_>) =
                next.into_iter().map(|waiting| (waiting.report, waiting.answer)).unzip();
            for (answer, answered) in answers.into_iter().zip(together(ctx, &reports).await) {
                // Whoever has gone sends the report again, and hears that it is a duplicate.
                let _ = answer.send(answered);
            }
        }
    }

    /// The reports of the next commit; none, and nobody at work, when the queue is empty.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.lock();
        let mut next: Vec<Waiting> = vec![];
        let mut analytes = 0;
        while let Some(waiting) = queue.waiting.front() {
            // What has no analytes leaves a line in the journal as well.
            analytes += waiting.report.analytes().max(1);
            let fits = next.iter().all(|earlier| go_together(&earlier.report, &waiting.report));
            if !next.is_empty() && (!fits || analytes > RESULTS_A_ROW) {
                break;
            }
            next.extend(queue.waiting.pop_front());
        }
        queue.at_work = !next.is_empty();
        (!next.is_empty()).then_some(next)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether two reports may share a commit: of one feed, not the same message twice, and none that changes whose the numbers
/// of the other are.
fn go_together(one: &Report, other: &Report) -> bool {
    let again = one.message.is_some() && one.request == other.request;
    one.feed == other.feed && !again && one.merges.is_empty() && other.merges.is_empty()
}

/// One commit for all. Where that fails each report is tried alone, so that one that can not be taken keeps no other
/// from it.
async fn together(ctx: &Ctx, reports: &[Report]) -> Vec<Answered> {
    match with_retries(|| batch::take(ctx, reports)).await {
        Ok(answers) => answers,
        Err(error) if reports.len() == 1 => vec![Err(error)],
        Err(error) => {
            let (code, count) = (error.code(), reports.len());
            tracing::warn!(code, reports = count, "reports could not be taken together; trying each alone");
            let mut answers = Vec::with_capacity(reports.len());
            for report in reports {
                let alone = with_retries(|| batch::take(ctx, std::slice::from_ref(report))).await;
                answers.push(alone.and_then(|mut all| all.pop().unwrap_or_else(|| Err(no_answer()))));
            }
            answers
        }
    }
}

fn no_answer() -> Error {
    Error::fault(anyhow::anyhow!("a report was taken and not answered"))
}
