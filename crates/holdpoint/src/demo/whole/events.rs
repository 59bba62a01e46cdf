//! What happens to people meanwhile: transfusions by the day's counts, ordinary adverse events, a death, a withdrawal.

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _};
use holdpoint_api::dosing::v1::RecordTransfusionRequest;
use holdpoint_api::enrollment::v1::DiscontinueRequest;
use holdpoint_api::safety::v1::*;
use holdpoint_protocol::model::{Role, Verb};
use jiff::civil::{Date, Time};

use super::player::State;
use super::screening::milestone;
use super::stage::Stage;
use super::words::value;
use crate::client::call;
use crate::demo::sim::{Adverse, Chance, End, Transfusion, ordinary};
use crate::demo::time::{instant, proto};

/// Beds in which somebody writes down at once.
const AT_ONCE: usize = 8;
/// The hour at which blood is transfused.
const TRANSFUSED: Time = Time::constant(12, 0, 0, 0);

/// Blood for those whose counts of today are low: given in several beds at once.
pub(super) async fn transfusions(stage: &mut Stage, orders: &[(String, String)]) -> anyhow::Result<()> {
    let today = stage.today();
    let mut requests = Vec::new();
    for (subject, _) in orders {
        let given = stage.player(subject)?.course.transfusions(today);
        for transfusion in given {
            requests.push(transfused(stage, subject, transfusion)?);
        }
    }
    let given = requests.len();
    let yan = &stage.people.nurse;
    let mut done = futures::stream::iter(requests)
        .map(|request| async move {
            let subject = request.subject.clone();
            let done = call!(yan.dosing, record_transfusion, request).await;
            done.with_context(|| format!("transfuse {subject}"))
        })
        .buffer_unordered(AT_ONCE);
    while done.try_next().await?.is_some() {}
    drop(done);
    stage.count("transfusions", given);
    Ok(())
}

fn transfused(
    stage: &Stage,
    subject: &str,
    transfusion: Transfusion,
) -> anyhow::Result<RecordTransfusionRequest> {
    let event = match transfusion {
        Transfusion::Platelets => "platelet-transfusion",
        Transfusion::RedCells => "red-cell-transfusion",
    };
    Ok(RecordTransfusionRequest {
        act: stage.people.nurse.act("by the count of the morning"),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        event: event.to_owned(),
        at: proto(instant(stage.today().to_datetime(TRANSFUSED))?.min(stage.now())),
        units: "1".to_owned(),
        ..Default::default()
    })
}

/// Ordinary adverse events of the day, and ends that come today.
pub(super) async fn of_today(stage: &mut Stage) -> anyhow::Result<()> {
    let today = stage.today();
    for at in 0..stage.players.len() {
        if !stage.players[at].is_followed() {
            continue;
        }
        let due: Vec<Date> = stage.players[at].adverse.iter().copied().filter(|day| *day <= today).collect();
        stage.players[at].adverse.retain(|day| *day > today);
        for day in due {
            let subject = stage.players[at].id.clone();
            let mut chance = Chance::of(stage.seed, &format!("adverse event of {subject} on {day}"));
            if let Some(adverse) = ordinary(&stage.protocol, &mut chance) {
                report(stage, &subject, &adverse, "told at the visit").await?;
                stage.count("adverse events", 1);
            }
        }
        if let Some((_, event)) = stage.players[at].setback.take_if(|(day, _)| *day <= today) {
            let subject = stage.players[at].id.clone();
            milestone(stage, &subject, event.as_str(), today, "found at the visit").await?;
            stage.count("setbacks of the disease", 1);
            stage.timeline.tell("mei", format!("{subject}: {event}"));
        }
        if let Some((day, end)) = stage.players[at].end
            && day <= today
        {
            ends(stage, at, end).await?;
        }
    }
    Ok(())
}

/// Reports an adverse event with all that its form asks.
pub(super) async fn report(
    stage: &Stage,
    subject: &str,
    adverse: &Adverse,
    why: &str,
) -> anyhow::Result<ReportAdverseEventResponse> {
    let wei = &stage.people.investigator;
    let since = proto(stage.now());
    let facts = adverse.facts.iter().map(|(fact, drawn)| AdverseEventFact {
        fact: fact.to_string(),
        value: value(&stage.protocol, fact, drawn),
        since,
        since_date: String::new(),
    });
    let request = ReportAdverseEventRequest {
        act: wei.act(why),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        term: adverse.term.clone(),
        onset: since,
        facts: facts.collect(),
        aware_at: since,
        ..Default::default()
    };
    let done = call!(wei.safety, report_adverse_event, request).await;
    done.with_context(|| format!("report an adverse event of {subject}"))
}

async fn ends(stage: &mut Stage, at: usize, end: End) -> anyhow::Result<()> {
    let player = stage.players[at].clone();
    let Some(allocation) = player.allocation().cloned() else { return Ok(()) };
    match end {
        End::Death(_) => {
            milestone(stage, &player.id, "death", stage.today(), "told by the family").await?;
            stage.count("deaths", 1);
            stage.timeline.tell("mei", format!("{} has died", player.id));
        }
        End::Withdrawal(_) => {
            let Some(rule) = withdrawal(stage) else { return Ok(()) };
            let wei = &stage.people.investigator;
            let request = DiscontinueRequest {
                act: wei.act("the participant's own wish"),
                trial: stage.trial.clone(),
                subject: player.id.clone(),
                rule,
                at: proto(stage.now()),
            };
            let done = call!(wei.enrollment, discontinue, request).await;
            done.with_context(|| format!("discontinue {}", player.id))?;
            stage.count("withdrawals", 1);
            stage.timeline.tell("wei", format!("{} withdraws consent", player.id));
        }
    }
    stage.players[at].state = State::Out(allocation);
    Ok(())
}

/// The file's rule by which a participant leaves.
fn withdrawal(stage: &Stage) -> Option<String> {
    let leaves = stage.protocol.rules.values().find(|rule| {
        rule.attest.is_some()
            && rule.by.contains(&Role::Participant)
            && rule.then.contains(&Verb::WithdrawSubject)
    });
    leaves.map(|rule| rule.id.to_string())
}
