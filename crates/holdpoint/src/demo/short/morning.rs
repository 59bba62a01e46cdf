//! The board meets: each hold is released on its own, by two people; the first release leaves the second hold. Frozen infusions
//! come back by the file's late-dose rule. Holds.md, "Who may place and release"; protocol regimen.msc `late`.

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::Role;
use holdpoint_api::safety::v1::*;

use super::evening::{Evening, short, words};
use super::stage::Stage;
use super::story;
use super::ward::{get, names};
use crate::client::Person;
use crate::demo::time::{from_proto, zone};

/// From the board's meeting to the infusions that were due.
pub(super) async fn play(stage: &mut Stage, mut evening: Evening) -> anyhow::Result<()> {
    stage.at("2026-03-25T15:00").await?;
    decide(stage, &evening.holds).await?;
    release(stage, &evening.holds[0]).await?;
    stage.hush().await?;
    still_held(stage, &mut evening).await?;
    stage.at("2026-03-25T16:00").await?;
    release(stage, &evening.holds[1]).await?;
    stage.hush().await?;
    returned(stage, &evening).await?;
    stage.at("2026-03-26T08:00").await?;
    let due = evening.due.clone();
    evening.ward.give(stage, &due, 2).await?;
    let others: Vec<_> = evening.ward.treated.iter().skip(5).take(2).cloned().collect();
    stage.at("2026-03-26T09:00").await?;
    if !others.is_empty() {
        evening.ward.give(stage, &others, 3).await?;
    }
    let candidate = stage.cast.candidate().id.clone();
    let arm = story::randomize_candidate(stage).await??;
    stage.timeline.tell("mei", format!("{candidate}, who waited, is randomized: {arm}"));
    stage.hush().await
}

async fn decide(stage: &mut Stage, holds: &[String]) -> anyhow::Result<()> {
    let board = stage.people.board_member.clone();
    let request = RecordBoardDecisionRequest {
        act: board.act("minutes of 25 March"),
        trial: stage.trial.clone(),
        text: "Both cases are viral pneumonia of one ward; the lot is clear. The trial may go on.".to_owned(),
        holds: holds.to_vec(),
        ..Default::default()
    };
    board.safety.clone().record_board_decision(request).await.context("record the decision")?;
    stage.timeline.tell("bao", "the board met: viral pneumonia of one ward, the lot is clear");
    Ok(())
}

/// The board member signs, then the principal investigator; the second signature releases.
async fn release(stage: &mut Stage, hold: &str) -> anyhow::Result<()> {
    let signers: [(Person, Role); 2] = [
        (stage.people.board_member.clone(), Role::BoardMember),
        (stage.people.principal.clone(), Role::PrincipalInvestigator),
    ];
    let mut released = false;
    for (person, role) in signers {
        let request = SignReleaseRequest {
            act: person.act("board decision of 25 March"),
            trial: stage.trial.clone(),
            hold: hold.to_owned(),
            as_role: role.into(),
            ethics_reference: "2026-001-04".to_owned(),
            ..Default::default()
        };
        let mut safety = person.safety.clone();
        released = safety.sign_release(request).await.context("sign the release")?.into_inner().released;
    }
    ensure!(released, "two signatures did not release {hold}");
    stage.timeline.tell("bao, lin", format!("both sign: hold {} is RELEASED, and no other", short(hold)));
    Ok(())
}

async fn still_held(stage: &mut Stage, evening: &mut Evening) -> anyhow::Result<()> {
    let subject = evening.due[0].clone();
    evening.ward.prepare(stage, &subject, 2).await?;
    let why = evening.ward.start(stage, &subject, 2).await?.err();
    let why = why.with_context(|| format!("{} was started under the second hold", subject.id))?;
    stage.timeline.tell("yan", format!("tries dose 2 of {}: REFUSED, the second hold stands", subject.id));
    let why = words(stage, &why).await?;
    stage.timeline.more(why);
    Ok(())
}

/// Where the late-dose rule puts the frozen infusions.
async fn returned(stage: &mut Stage, evening: &Evening) -> anyhow::Result<()> {
    stage
        .timeline
        .tell("dosing", format!("dose 2 of {} comes back by the late-dose rule:", names(&evening.due)));
    stage.timeline.more("shift, at least 5 days apart, at most 10 days after the last");
    for subject in &evening.due {
        let infusion = get(stage, &evening.ward.infusion(subject, 2)?).await?;
        let due = from_proto(infusion.due.as_ref()).context("a due date")?.to_zoned(zone());
        let latest = from_proto(infusion.latest.as_ref()).context("a latest date")?.to_zoned(zone());
        let (due, latest) = (due.strftime("%a %-d %b %H:%M"), latest.strftime("%a %-d %b %H:%M"));
        stage.timeline.more(format!("{}: due {due}, at the latest {latest}", subject.id));
    }
    Ok(())
}
