//! Where most stories of a start begin: a trial in force, and subjects whose first dose is due and prepared.

use anyhow::anyhow;
use holdpoint_system_tests::house::Plan;
use holdpoint_system_tests::story::{Story, Subject};

/// A story with `N` such subjects; none where this machine lacks a server that it needs.
pub async fn ready<const N: usize>(plan: Plan) -> anyhow::Result<Option<(Story, [Subject; N])>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    story.set_up().await?;
    story.enroll(N, 0).await?;
    story.lot().await?;
    let subjects: [Subject; N] = story
        .treated
        .clone()
        .try_into()
        .map_err(|treated: Vec<Subject>| anyhow!("{N} are treated: {treated:?}"))?;
    for subject in &subjects {
        story.plan(subject, "2026-03-11T10:00").await?;
    }
    story.at("2026-03-11T10:00")?;
    for subject in &subjects {
        story.prepare(subject, 1).await?;
    }
    story.hush().await?;
    Ok(Some((story, subjects)))
}
