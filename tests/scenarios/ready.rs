//! Where most stories of a start begin: a trial in force, and subjects whose first dose is due and prepared. And where tales of
//! faults end: with a start after all, and with a judgement of everything that was heard.

use anyhow::anyhow;
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Story, Subject};

/// Plays a tale that begins so, and judges the whole when it has ended.
pub fn tale<const N: usize>(
    plan: Plan,
    told: impl AsyncFnOnce(&mut Story, [Subject; N]) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    play(move || async move {
        let Some((mut story, subjects)) = ready(plan).await? else { return Ok(()) };
        told(&mut story, subjects).await?;
        close(&story).await.map(drop)
    })
}

/// Whatever was lost on the way blocks nothing for ever.
pub async fn starts_after_all(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    until("a start after all", PATIENCE, async || Ok(story.start(subject, 1).await?.ok())).await
}

/// The first dose is given to its end.
pub async fn was_given(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    starts_after_all(story, subject).await?;
    story.later(45)?;
    story.complete(subject, 1).await
}

/// A story with `N` such subjects; none where this machine lacks a server that it needs.
pub async fn ready<const N: usize>(plan: Plan) -> anyhow::Result<Option<(Story, [Subject; N])>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    let subjects = made_ready(&mut story).await?;
    Ok(Some((story, subjects)))
}

/// Makes `N` such subjects in a house that was just opened.
pub async fn made_ready<const N: usize>(story: &mut Story) -> anyhow::Result<[Subject; N]> {
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
    Ok(subjects)
}
