//! Where the story is played: people with their clients, the virtual civil clock, and the timeline that is printed.

use std::collections::BTreeMap;

use holdpoint_chassis::clock::{CivilClock as _, VirtualCivilClock};
use jiff::{Timestamp, ToSpan as _};

use super::cast::Cast;
use crate::client::{Allocation, Desk, SETTLES_WITHIN, settled};
use crate::demo::Options;
use crate::demo::people::People;
use crate::demo::time::moment;
use crate::demo::timeline::Timeline;

/// The stage.
pub(super) struct Stage {
    pub people: People,
    pub cast: Cast,
    pub timeline: Timeline,
    pub trial: String,
    /// Machine milliseconds from the sending of each report to the answer or poll that showed its hold effective.
    pub report_to_effective_ms: Vec<u64>,
    civil: VirtualCivilClock,
    /// Each subject's desk, which counts its attempts through the whole story.
    allocations: BTreeMap<String, Allocation>,
}

impl Stage {
    pub fn new(desk: &Desk, civil: VirtualCivilClock, options: &Options) -> anyhow::Result<Self> {
        Ok(Self {
            people: People::arrive(desk)?,
            cast: Cast::invented(options.seed),
            timeline: Timeline::new(options.quiet),
            trial: "pgf-msc".to_owned(),
            report_to_effective_ms: Vec::new(),
            civil,
            allocations: BTreeMap::new(),
        })
    }

    /// Where a subject's allocation is asked for, by the coordinator.
    pub fn allocation(&mut self, subject: &str) -> &mut Allocation {
        let (coordinator, trial) = (&self.people.coordinator, &self.trial);
        let first = || Allocation::new(coordinator.clone(), trial, subject);
        self.allocations.entry(subject.to_owned()).or_insert_with(first)
    }

    /// The civil moment it is.
    pub fn now(&self) -> Timestamp {
        self.civil.now()
    }

    /// Moves civil time on, once everybody has heard everything that happened before.
    pub async fn at(&mut self, local: &str) -> anyhow::Result<()> {
        settled(&self.people.auditor, SETTLES_WITHIN).await?;
        let to = moment(local)?;
        anyhow::ensure!(to >= self.now(), "the story goes back in time: {local}");
        self.civil.set(to);
        self.timeline.at(to);
        Ok(())
    }

    /// Moves civil time on by minutes.
    pub async fn later(&mut self, minutes: i64) -> anyhow::Result<()> {
        settled(&self.people.auditor, SETTLES_WITHIN).await?;
        let to = self.now().checked_add(minutes.minutes())?;
        self.civil.set(to);
        self.timeline.at(to);
        Ok(())
    }

    /// Waits until everybody has heard everything, without moving time.
    pub async fn hush(&self) -> anyhow::Result<()> {
        settled(&self.people.auditor, SETTLES_WITHIN).await
    }
}
