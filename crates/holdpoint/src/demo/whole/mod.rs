//! The whole trial, from its file to its last visit. Driven by what the file has: candidates until every place is taken, infusions by
//! the regimen, visits as followup asks for them, counts as a laboratory sends them, and in the middle the evening before.

mod allocation;
mod bench;
mod board;
mod evening;
mod events;
mod hands;
mod player;
mod screening;
mod stage;
mod story;
mod table;
mod visits;
mod ward;
mod words;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::summary::{Journal, Summary, read_back, read_whole};
use super::time::moment;
use super::timeline::Timeline;
use super::{Options, set_up};
use crate::client::Desk;
pub use hands::Hands;

/// What was played: the counts read back, and the timeline to go on with.
pub struct Played {
    /// Every count but the journals'.
    pub counts: Summary,
    pub(super) timeline: Timeline,
    otherwise: BTreeSet<String>,
}

impl Played {
    /// Prints the closing table, with the journals of the house.
    pub(super) fn close(self, journal: Journal) -> Summary {
        let counts = Summary { journal, ..self.counts };
        table::print(&self.timeline, &counts, &self.otherwise);
        counts
    }
}

/// When the curtain rises.
pub fn opening() -> anyhow::Result<Timestamp> {
    moment("2026-01-05T09:00")
}

/// Plays a trial in the house that the desk leads to. The journals of the answer are not looked at: they are the house's.
pub async fn play(desk: &Desk, hands: Hands, options: &Options) -> anyhow::Result<Played> {
    let mut stage = stage::Stage::new(desk, hands, options)?;
    story::set_up(&mut stage).await?;
    story::run(&mut stage).await?;
    stage.timeline.progress().end();
    let slowest = stage.report_to_effective_ms.iter().copied().max().unwrap_or_default();
    let journal = Journal { rows: 0, verified: false };
    let counts = read_back(&stage.people.auditor, &stage.trial, slowest, journal).await?;
    let whole = read_whole(&stage.people.auditor, &stage.trial).await?;
    let counts = Summary { whole: Some(whole), ..counts };
    Ok(Played { counts, timeline: stage.timeline, otherwise: stage.outline.otherwise })
}
