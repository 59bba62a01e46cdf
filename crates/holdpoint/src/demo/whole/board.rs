//! The safety board: releases a hold by two signatures, each hold on its own, and opens the next group of an escalation.

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::Role;
use holdpoint_api::safety::v1::*;
use holdpoint_chassis::error::detail_of;

use super::stage::Stage;
use crate::client::{Person, call, lists};

/// Holds that stand.
pub(super) async fn standing(stage: &Stage) -> anyhow::Result<Vec<HoldView>> {
    let all = lists::holds(&stage.people.auditor, &stage.trial).await.context("list holds")?;
    Ok(all.into_iter().filter(|hold| hold.state != "released").collect())
}

/// The board's minutes.
pub(super) async fn decide(stage: &Stage, holds: &[String], text: &str) -> anyhow::Result<()> {
    let bao = &stage.people.board_member;
    let request = RecordBoardDecisionRequest {
        act: bao.act("minutes of the board"),
        trial: stage.trial.clone(),
        text: text.to_owned(),
        holds: holds.to_vec(),
        ..Default::default()
    };
    call!(bao.safety, record_board_decision, request).await.context("record the decision").map(drop)
}

/// Both sign; the second signature releases this hold and no other.
pub(super) async fn release(stage: &Stage, hold: &str) -> anyhow::Result<()> {
    let signers: [(Person, Role); 2] = [
        (stage.people.board_member.clone(), Role::BoardMember),
        (stage.people.principal.clone(), Role::PrincipalInvestigator),
    ];
    let mut released = false;
    for (person, role) in signers {
        let request = SignReleaseRequest {
            act: person.act("by the board's minutes"),
            trial: stage.trial.clone(),
            hold: hold.to_owned(),
            as_role: role.into(),
            ethics_reference: "2026-001-04".to_owned(),
            ..Default::default()
        };
        released = call!(person.safety, sign_release, request).await.context("sign the release")?.released;
    }
    ensure!(released, "two signatures did not release a hold");
    Ok(())
}

/// Asks the board to open the next group where somebody waits for one. Safety refuses until the file's conditions are met.
pub(super) async fn open_next(stage: &mut Stage) -> anyhow::Result<()> {
    let taken: Vec<String> =
        stage.players.iter().filter_map(|player| Some(player.allocation()?.cohort.clone())).collect();
    let order = stage.outline.cohorts.clone();
    let Some(last) = order.iter().rposition(|cohort| taken.iter().any(|one| one == cohort.as_str())) else {
        return Ok(());
    };
    let Some(next) = order.get(last + 1) else { return Ok(()) };
    let text = format!("Group {} was tolerated and observed; group {next} may open.", order[last]);
    let Some(mut decided) = opens(stage, next.as_str(), &text, "").await? else { return Ok(()) };
    for party in decided.undecided.clone() {
        stage.timeline.tell("bao", format!("the board lets group {next} open; {party} decides too"));
        decided = opens(stage, next.as_str(), &text, &party).await?.unwrap_or(decided);
    }
    if decided.opened {
        stage.count("groups opened", 1);
        stage.timeline.tell("bao", format!("group {next} opens"));
    }
    stage.hush().await
}

/// Writes a party's decision down, the board's where none is named; none where safety refuses it.
async fn opens(
    stage: &Stage,
    group: &str,
    text: &str,
    party: &str,
) -> anyhow::Result<Option<RecordBoardDecisionResponse>> {
    let bao = &stage.people.board_member;
    let reference = if party.is_empty() { String::new() } else { format!("letter of the {party}") };
    let request = RecordBoardDecisionRequest {
        act: bao.act("minutes of the board"),
        trial: stage.trial.clone(),
        text: text.to_owned(),
        opens_cohort: group.to_owned(),
        speaking_for: party.to_owned(),
        reference,
        ..Default::default()
    };
    match call!(bao.safety, record_board_decision, request).await {
        Ok(decided) => Ok(Some(decided)),
        Err(refused) if detail_of(&refused).is_some() => Ok(None),
        Err(status) => Err(status).context("record the decision on a group"),
    }
}
