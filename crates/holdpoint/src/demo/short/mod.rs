//! The evening before, by itself: twelve subjects, one evening, one morning. Protocol 7.3.1 is what it is about.

mod cast;
mod evening;
mod morning;
mod stage;
mod story;
mod table;
mod ward;

use holdpoint_chassis::clock::VirtualCivilClock;
use jiff::Timestamp;

use super::summary::{Journal, Summary, read_back};
use super::time::moment;
use super::{Options, journals};
use crate::client::Desk;
use crate::embedded::Embedded;

/// When the curtain rises.
pub(super) fn opening() -> anyhow::Result<Timestamp> {
    moment("2026-01-05T09:00")
}

/// Plays it in a house, prints the closing table, and answers the counts.
pub(super) async fn play(
    house: &Embedded,
    desk: &Desk,
    civil: VirtualCivilClock,
    options: &Options,
) -> anyhow::Result<Summary> {
    let mut stage = stage::Stage::new(desk, civil, options)?;
    story::set_up(&mut stage).await?;
    story::enroll(&mut stage).await?;
    let ward = ward::Ward::open(&mut stage).await?;
    let evening = evening::play(&mut stage, ward).await?;
    morning::play(&mut stage, evening).await?;
    stage.hush().await?;
    let journal: Journal = journals(house, &stage.timeline).await?;
    let slowest = stage.report_to_effective_ms.iter().copied().max().unwrap_or_default();
    let counts = read_back(&stage.people.auditor, &stage.trial, slowest, journal).await?;
    table::print(&stage, &counts).await?;
    Ok(counts)
}
