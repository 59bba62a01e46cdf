//! Candidates: screened, asked for consent, read off the chart and judged by the file's criteria. Who is not eligible hears by which.

use anyhow::{Context as _, ensure};
use holdpoint_api::enrollment::v1::*;
use holdpoint_protocol::ids::FactId;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::player::{Player, State};
use super::stage::Stage;
use super::words::value;
use crate::client::call;
use crate::demo::set_up::SITE;
use crate::demo::sim::{Chance, Drawn, TO_ALLOCATION_DAYS, eligible, ineligible};
use crate::demo::time::proto;

/// One of so many candidates is not eligible: of 81 or 82, 68 are allocated.
const ONE_FAILS_OF: i64 = 6;

/// Screens the next candidate.
pub(super) async fn next(stage: &mut Stage) -> anyhow::Result<()> {
    let number = stage.players.len() + 1;
    let today = stage.today();
    let mut chance = Chance::of(stage.seed, &format!("candidate {number}"));
    let start = Chance::of(stage.seed, "who is not eligible").between(0, ONE_FAILS_OF - 1);
    let fails = (number as i64 + start) % ONE_FAILS_OF == 0;
    let failing = if fails { ineligible(&stage.protocol, &mut chance) } else { None };
    let chart = match failing {
        Some(chart) => chart,
        None => {
            eligible(&stage.protocol, &mut chance).context("the file's criteria contradict each other")?
        }
    };
    let state = match chart.fails {
        Some(_) => State::Failed,
        None => State::Waits(today.checked_add(TO_ALLOCATION_DAYS.days())?),
    };
    let player = Player::new(stage.seed, number, today, chart, stage.outline.counts_decide, state);
    register(stage, &player).await?;
    facts(stage, &player).await?;
    attest(stage, &player).await?;
    judge(stage, &player).await?;
    stage.count("screened", 1);
    stage.players.push(player);
    Ok(())
}

async fn register(stage: &Stage, player: &Player) -> anyhow::Result<()> {
    let mei = &stage.people.coordinator;
    let born =
        player.chart.since.iter().find(|(event, _)| event.as_str() == "birth").map_or(0, |(_, days)| *days);
    let request = ScreenSubjectRequest {
        // Invented people may be born on one day: the coordinator says that they were compared.
        act: mei.act("referred by the ward; compared with those screened before"),
        trial: stage.trial.clone(),
        site: SITE.to_owned(),
        subject: player.id.clone(),
        date: player.screened.to_string(),
        birth_date: player.screened.checked_sub(born.days())?.to_string(),
        sex: player.sex.to_owned(),
        hospital_number: format!("H{}", player.id),
        initials: "XX".to_owned(),
    };
    call!(mei.enrollment, screen_subject, request).await.with_context(|| format!("screen {}", player.id))?;
    let request = RecordConsentRequest {
        act: mei.act("signed in the presence of the investigator"),
        trial: stage.trial.clone(),
        subject: player.id.clone(),
        date: player.screened.to_string(),
        version: String::new(),
        documents: player.chart.documents.iter().cloned().collect(),
        corrects: false,
    };
    call!(mei.enrollment, record_consent, request)
        .await
        .with_context(|| format!("consent of {}", player.id))?;
    for (event, days) in player.chart.since.iter().filter(|(event, _)| event.as_str() != "birth") {
        let day = player.screened.checked_sub(days.days())?;
        milestone(stage, &player.id, event.as_str(), day, "copied from the chart").await?;
    }
    Ok(())
}

/// Records that something happened on a day.
pub(super) async fn milestone(
    stage: &Stage,
    subject: &str,
    event: &str,
    day: Date,
    why: &str,
) -> anyhow::Result<RecordMilestoneResponse> {
    let mei = &stage.people.coordinator;
    let request = RecordMilestoneRequest {
        act: mei.act(why),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        event: event.to_owned(),
        date: day.to_string(),
        ..Default::default()
    };
    let done = call!(mei.enrollment, record_milestone, request).await;
    done.with_context(|| format!("record {event} of {subject}"))
}

/// What registration asks; what a laboratory sends comes from there.
async fn facts(stage: &mut Stage, player: &Player) -> anyhow::Result<()> {
    let kilograms: FactId = "weight".parse()?;
    let weight = (kilograms, Drawn::Number(player.kilograms.into()));
    let of_chart = player.chart.at_screening.clone();
    for (fact, drawn) in of_chart.iter().chain([(&weight.0, &weight.1)]) {
        record(stage, &player.id, fact, drawn, "chart").await?;
    }
    Ok(())
}

/// Writes one fact down.
pub(super) async fn record(
    stage: &Stage,
    subject: &str,
    fact: &FactId,
    drawn: &Drawn,
    source: &str,
) -> anyhow::Result<()> {
    let mei = &stage.people.coordinator;
    let request = RecordFactRequest {
        act: mei.act("copied and checked"),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        fact: fact.to_string(),
        value: value(&stage.protocol, fact, drawn),
        taken_at: proto(stage.now()),
        source: source.to_owned(),
        trial_procedure: false,
    };
    let done = call!(mei.enrollment, record_fact, request).await;
    done.with_context(|| format!("record {fact} of {subject}")).map(drop)
}

async fn attest(stage: &Stage, player: &Player) -> anyhow::Result<()> {
    let wei = &stage.people.investigator;
    for (criterion, holds) in &player.chart.attested {
        let request = AttestRequest {
            act: wei.act("examined"),
            trial: stage.trial.clone(),
            subject: player.id.clone(),
            criterion: criterion.clone(),
            holds: *holds,
            date: player.screened.to_string(),
        };
        let done = call!(wei.enrollment, attest, request).await;
        done.with_context(|| format!("attest {criterion} of {}", player.id))?;
    }
    Ok(())
}

/// The services must judge as the story meant it: a candidate who fails, by the criterion that was to fail.
async fn judge(stage: &mut Stage, player: &Player) -> anyhow::Result<()> {
    let answer = assess(stage, &player.id, "enrollment").await?;
    let against: Vec<&str> = answer.criteria.iter().filter(|c| !c.satisfied).map(|c| c.id.as_str()).collect();
    match &player.chart.fails {
        None => ensure!(answer.eligible, "{} is not eligible: {}", player.id, against.join(", ")),
        Some(fails) => {
            ensure!(against.contains(&fails.as_str()), "{} fails by {}", player.id, against.join(", "));
            let why = answer.criteria.iter().find(|c| &c.id == fails).map(|c| c.reason.clone());
            fail(stage, &player.id, fails).await?;
            stage.count("not eligible", 1);
            let what = format!("{} is not eligible: {fails}, {}", player.id, why.unwrap_or_default());
            stage.timeline.tell("mei", what);
        }
    }
    Ok(())
}

/// Whoever is not eligible is not followed up either.
async fn fail(stage: &Stage, subject: &str, criterion: &str) -> anyhow::Result<()> {
    let mei = &stage.people.coordinator;
    let request = FailScreeningRequest {
        act: mei.act(&format!("not eligible: {criterion}")),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
    };
    let done = call!(mei.enrollment, fail_screening, request).await;
    done.with_context(|| format!("end the screening of {subject}")).map(drop)
}

/// Asks every criterion of a step.
pub(super) async fn assess(
    stage: &Stage,
    subject: &str,
    step: &str,
) -> anyhow::Result<AssessEligibilityResponse> {
    let mei = &stage.people.coordinator;
    let request = AssessEligibilityRequest {
        act: mei.act("all answers are in"),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        step: step.to_owned(),
    };
    call!(mei.enrollment, assess_eligibility, request).await.with_context(|| format!("assess {subject}"))
}
