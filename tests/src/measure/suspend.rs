//! One suspension, measured from the sending of its report: with so many permits out, whose Gos are acknowledged once the hold is
//! placed, or never. Afterwards two people release it, and nothing is left of it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use holdpoint_api::safety::v1::HoldView;
use tokio::time::Instant;

use super::stage::Stage;
use super::starts::{abandoned, acknowledged, go};
use crate::story::Start;

/// How long each step of a suspension took from the report on.
#[derive(Debug, Clone, Copy)]
pub struct Suspended {
    /// Until the hold was known to be effective.
    pub effective: Duration,
    /// Until safety's board showed all of them.
    pub checked: Duration,
    /// Until its alert was heard on an open stream.
    pub alert: Duration,
}

impl Stage {
    /// Suspends with the Gos of the first `out` starts given and not acknowledged.
    pub async fn suspend(&mut self, out: usize, heard: bool) -> anyhow::Result<Suspended> {
        let mut asked: Vec<Start> = self.starts.iter().take(out).cloned().collect();
        let mut permits = vec![];
        for start in &mut asked {
            permits.push(go(start).await?.0);
        }
        for (next, start) in self.starts.iter_mut().zip(&asked) {
            *next = start.again();
        }
        let above = self.tables.head("safety").await?.1;
        let report = self.story.ventilation(&self.ill.id).request;
        let begun = Instant::now();
        let mut safety = self.story.people.investigator.safety.clone();
        let answer = safety.report_adverse_event(report).await.context("report")?.into_inner();
        let answered = Instant::now();
        let hold = answer.holds.first().context("the report places a hold")?.clone();
        ensure!((hold.state == "effective") == (out == 0), "{out} permits are out: {hold:?}");
        let heard = async {
            let all = asked.iter().zip(&permits).filter(|_| heard);
            try_join_all(all.map(|(start, permit)| acknowledged(start, permit))).await.map(drop)
        };
        let (heard, effective, checked) =
            tokio::join!(heard, self.effective(&hold, answered, above), self.tables.all_checked(&hold.hold),);
        heard?;
        let (effective, checked) = (effective? - begun, checked? - begun);
        let alert = self.alert_of(&hold.hold).await? - begun;
        self.clear(&hold, &asked).await?;
        Ok(Suspended { effective, checked, alert })
    }

    async fn effective(&self, hold: &HoldView, answered: Instant, above: i64) -> anyhow::Result<Instant> {
        if hold.state == "effective" {
            return Ok(answered);
        }
        self.tables.row("safety", "holdpoint.safety.v1.HoldEffective", above).await
    }

    /// Two people release the hold, the starts are abandoned, and everybody has heard of it.
    async fn clear(&self, hold: &HoldView, asked: &[Start]) -> anyhow::Result<()> {
        self.story.release(&hold.hold).await?;
        for start in asked {
            abandoned(start).await?;
        }
        self.rest().await
    }
}
