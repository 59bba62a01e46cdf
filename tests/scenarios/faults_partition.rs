//! Lines between two services that are cut, both ways or one, late or slow: no answer is a no, a hold is effective within the life
//! and the margin of what is out, and after the line is mended all five agree. reliability.md F18, F43; holds.md H1, H3, H8, H9.

use std::time::Duration;

use anyhow::ensure;
use holdpoint_system_tests::house::{PATIENCE, Passage, Plan};
use holdpoint_system_tests::story::{Story, Subject};
use tokio::time::Instant;

use crate::ready::{starts_after_all, tale};

/// A permit's life and margin in these houses, and what a busy machine adds.
const AT_THE_LATEST: Duration = Duration::from_millis(2_300 + 3_000);

#[test]
fn f18_safety_and_dosing_apart_from_each_other() -> anyhow::Result<()> {
    tale(Plan::APART, partitions)
}

#[test]
fn f43_lines_that_are_late_or_slow() -> anyhow::Result<()> {
    tale(Plan::APART, late_lines)
}

async fn partitions(story: &mut Story, [out, subject]: [Subject; 2]) -> anyhow::Result<()> {
    for cut in [Passage::Mute, Passage::Shut, Passage::MuteThere, Passage::MuteBack] {
        let silent = story.start_of(&out, 1)?.hear().await?;
        ensure!(silent.is_ok(), "{cut:?}: a Go is out: {silent:?}");
        story.house.between("safety", "dosing", cut)?;
        let begun = Instant::now();
        let held = story.place_hold(&format!("a line that is {cut:?}")).await?;
        ensure!(begun.elapsed() < AT_THE_LATEST, "{cut:?}: effective after {:?}", begun.elapsed());
        let started = story.start(&subject, 1).await?;
        ensure!(started.is_err(), "{cut:?}: a start without an answer of safety");
        story.ears.nothing_since(held.known)?;
        story.house.mend();
        let mended = Instant::now();
        story.hush().await?;
        ensure!(mended.elapsed() < PATIENCE, "{cut:?}: agreed after {:?}", mended.elapsed());
        story.release(&held.hold.hold).await?;
        story.hush().await?;
        story.abandon(&out, 1).await?;
    }
    starts_after_all(story, &subject).await
}

/// A line that is only slow may cost a start, never a promise.
async fn late_lines(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    for passage in [Passage::Late(Duration::from_millis(150)), Passage::Slow(40_000)] {
        for called in ["safety", "dosing", "postgres"] {
            story.house.before(called, passage);
            let start = story.start_of(&subject, 1)?;
            let (started, held) = tokio::join!(start.ask(), story.place_hold("a line that is slow"));
            let (started, held) = (started?, held?);
            story.ears.nothing_since(held.known)?;
            story.house.mend();
            story.hush().await?;
            if started.is_ok() {
                story.abandon(&subject, 1).await?;
            }
            story.release(&held.hold.hold).await?;
        }
    }
    starts_after_all(story, &subject).await
}
