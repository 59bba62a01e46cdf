//! One request id many times: a thousand at once are one act with one answer, and another body under the same id is refused and
//! journaled. reliability.md F6, F7; holds.md H4.

use anyhow::{Context as _, ensure};
use futures::future::join_all;
use holdpoint::client::{Heads, ask, heads};
use holdpoint_api::common::v1::{Activity, Scope, scope};
use holdpoint_api::safety::v1::PlaceHoldRequest;
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::Plan;
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Refusal, Story, TRIAL};
use tonic::Code;

const TIMES: usize = 1_000;

#[test]
fn f06_f07_in_one_process() -> anyhow::Result<()> {
    play(|| repeats(Plan::EMBEDDED))
}

#[test]
fn f06_f07_one_process_a_service() -> anyhow::Result<()> {
    play(|| repeats(Plan::APART))
}

async fn repeats(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    let officer = story.people.safety_officer.clone();
    let request = PlaceHoldRequest {
        act: officer.act("asked a thousand times"),
        trial: TRIAL.to_owned(),
        scope: Some(Scope { of: Some(scope::Of::Trial(true)) }),
        activities: vec![Activity::Dosing.into()],
    };
    let asked = (0..TIMES).map(|_| {
        ask(&officer.safety, request.clone(), |mut safety, request| async move {
            safety.place_hold(request).await
        })
    });
    let mut answers = Vec::new();
    for answer in join_all(asked).await {
        answers.push(answer.context("one of a thousand")?.hold.context("a hold")?.hold);
    }
    let one = answers.pop().context("an answer")?;
    ensure!(answers.iter().all(|hold| *hold == one), "a thousand answers name one hold");
    let held = story.people.effective(&one).await?;
    ensure!(story.people.holds().await?.len() == 1, "one hold was placed");
    story.hush().await?;
    another_body(&story, request).await?;
    ensure!(story.people.holds().await?.len() == 1, "another body placed nothing");
    story.release(&held.hold.hold).await?;
    close(&story).await.map(drop)
}

/// Refused, one row the richer: who tried what.
async fn another_body(story: &Story, mut request: PlaceHoldRequest) -> anyhow::Result<()> {
    let before = heads(&story.people.auditor).await?;
    request.activities = vec![Activity::Randomization.into()];
    let tried = story.people.safety_officer.safety.clone().place_hold(request).await;
    let refusal = Refusal::from(tried.err().context("another body was taken")?);
    refusal.is(Code::AlreadyExists)?;
    // The service's own chain: a request that is refused belongs to no trial.
    let place = ("safety".to_owned(), "-".to_owned());
    let number = |heads: &Heads| heads.get(&place).map_or(0, |head| head.number);
    let grown = number(&heads(&story.people.auditor).await?) - number(&before);
    ensure!(grown == 1, "{grown} rows tell of it");
    Ok(())
}
