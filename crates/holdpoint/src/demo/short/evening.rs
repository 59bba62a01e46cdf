//! The evening before: at 18:00 a subject is on mechanical ventilation, five days after the second infusion; one infusion is
//! running, three are due at eight in the morning, one candidate waits. Protocol 7.3.1, rule suspend-ventilation.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::{Value, Words, value::Of};
use holdpoint_api::safety::v1::*;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::error::detail_of;

use super::cast::Subject;
use super::stage::Stage;
use super::story;
use super::ward::{Ward, names};
use crate::client::{NoStart, lists};
use crate::demo::time::proto;

/// How often the hold is looked at while it is not yet effective, machine time.
const LOOK: Duration = Duration::from_millis(2);

/// What the evening leaves to the morning.
pub(super) struct Evening {
    pub ward: Ward,
    /// Due at eight.
    pub due: Vec<Subject>,
    /// Holds placed by the two events, in order.
    pub holds: Vec<String>,
}

/// From the infusion that runs to the second event of the next morning.
pub(super) async fn play(stage: &mut Stage, mut ward: Ward) -> anyhow::Result<Evening> {
    let (ill, running) = (ward.treated[0].clone(), ward.treated[1].clone());
    let due: Vec<Subject> = ward.treated[2..5].to_vec();
    stage.at("2026-03-23T17:30").await?;
    ward.prepare(stage, &running, 2).await?;
    ward.start(stage, &running, 2).await??;
    stage.timeline.tell("yan", format!("dose 2 of {}: Go heard, started; the infusion runs", running.id));
    let first = first_event(stage, &ill, &running).await?;
    candidate_is_refused(stage).await?;
    stage.at("2026-03-23T18:15").await?;
    ward.complete(stage, &running, 2).await?;
    stage.timeline.tell("yan", format!("the infusion of {} ends; {} is watched", running.id, running.id));
    eight_o_clock(stage, &mut ward, &due).await?;
    stage.at("2026-03-24T09:40").await?;
    let second = report(stage, &running, "Respiratory failure").await?;
    stage
        .timeline
        .tell("wei", format!("{} too: mechanical ventilation, the same lot. A second hold", running.id));
    tell_hold(stage, &second.holds[0]);
    let holds = vec![first, second.holds[0].hold.clone()];
    Ok(Evening { ward, due, holds })
}

async fn first_event(stage: &mut Stage, ill: &Subject, running: &Subject) -> anyhow::Result<String> {
    stage.at("2026-03-23T18:00").await?;
    let report = report(stage, ill, "Respiratory failure").await?;
    let what = format!("{} is on mechanical ventilation, 5 days after the second infusion", ill.id);
    stage.timeline.tell("wei", format!("reports: {what}"));
    ensure!(report.holds.len() == 1, "one hold is expected, {} were placed", report.holds.len());
    let hold = &report.holds[0];
    for rule in report.rules.iter().filter(|rule| !rule.did.is_empty()) {
        stage.timeline.more(format!("rule {} is {}:", rule.rule, rule.truth));
        for reason in rule.reason.split("; ") {
            stage.timeline.more(format!("  {reason}"));
        }
    }
    tell_hold(stage, hold);
    let named = hold.in_flight.iter().any(|flight| flight.subject == running.id);
    ensure!(named, "the running infusion of {} is missing from the in-flight list", running.id);
    stage.hush().await?;
    board(stage, &hold.hold).await?;
    Ok(hold.hold.clone())
}

/// Reports mechanical ventilation, and waits until its hold is effective.
async fn report(
    stage: &mut Stage,
    subject: &Subject,
    term: &str,
) -> anyhow::Result<ReportAdverseEventResponse> {
    let investigator = stage.people.investigator.clone();
    let since = proto(stage.now());
    let fact = |fact: &str, of: Of| AdverseEventFact {
        fact: fact.to_owned(),
        value: Some(Value { of: Some(of), unit: String::new() }),
        since,
        since_date: String::new(),
    };
    let criteria = Words { word: vec!["life-threatening".to_owned(), "hospitalization".to_owned()] };
    let request = ReportAdverseEventRequest {
        act: investigator.act("called from intensive care"),
        trial: stage.trial.clone(),
        subject: subject.id.clone(),
        term: term.to_owned(),
        onset: proto(stage.now()),
        facts: vec![
            fact("grade", Of::Number("4".to_owned())),
            fact("mechanical-ventilation", Of::Yes(true)),
            fact("relatedness", Of::Word("unlikely".to_owned())),
            fact("serious", Of::Yes(true)),
            fact("outcome", Of::Word("not-recovered".to_owned())),
            fact("criterion", Of::Words(criteria)),
        ],
        aware_at: proto(stage.now()),
        ..Default::default()
    };
    let clock = MachineClock::new();
    let sent = clock.mark();
    let mut safety = investigator.safety.clone();
    let mut answer =
        safety.report_adverse_event(request).await.context("report the adverse event")?.into_inner();
    while answer.holds.iter().any(|hold| hold.state == "placed") {
        tokio::time::sleep(LOOK).await;
        let listed = list(stage).await?;
        for hold in &mut answer.holds {
            if let Some(found) = listed.iter().find(|found| found.hold == hold.hold) {
                *hold = found.clone();
            }
        }
    }
    let took = clock.since(&sent).as_millis();
    stage.report_to_effective_ms.push(u64::try_from(took).unwrap_or(u64::MAX));
    ensure!(!answer.holds.is_empty(), "the report placed no hold");
    Ok(answer)
}

async fn list(stage: &Stage) -> anyhow::Result<Vec<HoldView>> {
    lists::holds(&stage.people.auditor, &stage.trial).await.context("list holds")
}

fn tell_hold(stage: &Stage, hold: &HoldView) {
    let took = stage.report_to_effective_ms.last().copied().unwrap_or_default();
    stage.timeline.more(format!("HOLD {} on the whole trial: {}", short(&hold.hold), hold.reason));
    stage.timeline.more(format!("{} {took} ms after the report was sent", hold.state));
    for flight in &hold.in_flight {
        stage
            .timeline
            .more(format!("in flight: dose {} of {}; people must look", flight.number, flight.subject));
    }
}

async fn board(stage: &mut Stage, hold: &str) -> anyhow::Result<()> {
    let request = GetSuspensionBoardRequest { trial: stage.trial.clone(), hold: hold.to_owned() };
    let mut safety = stage.people.safety_officer.safety.clone();
    let board = safety.get_suspension_board(request).await.context("the suspension board")?.into_inner();
    stage.timeline.tell("song", "reads the suspension board");
    for check in board.checks {
        stage.timeline.more(format!("{}: {}, {}", check.service, check.state, check.summary));
    }
    Ok(())
}

async fn candidate_is_refused(stage: &mut Stage) -> anyhow::Result<()> {
    stage.at("2026-03-23T18:05").await?;
    let candidate = stage.cast.candidate().id.clone();
    let tried = story::randomize_candidate(stage).await?;
    let why = tried.err().with_context(|| format!("{candidate} was randomized under a hold"))?;
    stage.timeline.tell("mei", format!("asks for the randomization of {candidate}, who waits: REFUSED"));
    let why = words(stage, &why).await?;
    stage.timeline.more(why);
    Ok(())
}

async fn eight_o_clock(stage: &mut Stage, ward: &mut Ward, due: &[Subject]) -> anyhow::Result<()> {
    stage.at("2026-03-24T08:00").await?;
    stage.timeline.tell("yan", format!("dose 2 of {} is due", names(due)));
    for subject in due {
        ward.prepare(stage, subject, 2).await?;
        let why = ward.start(stage, subject, 2).await?.err();
        let why = why.with_context(|| format!("{} was started under a hold", subject.id))?;
        let why = words(stage, &why).await?;
        stage.timeline.more(format!("{}: REFUSED. {why}", subject.id));
    }
    Ok(())
}

/// Why nothing may start: the holds that stand in the way with their reasons, and the stable code.
pub(super) async fn words(stage: &Stage, why: &NoStart) -> anyhow::Result<String> {
    let Some(detail) = why.status().and_then(detail_of) else { return Ok(why.to_string()) };
    let standing = list(stage).await?;
    let named: Vec<String> = standing
        .iter()
        .filter(|hold| detail.holds.contains(&hold.hold))
        .map(|hold| format!("hold {}, {}", short(&hold.hold), hold.reason))
        .collect();
    Ok(match named.is_empty() {
        true => detail.message,
        false => format!("{}: {}", detail.code, named.join("; ")),
    })
}

/// The first group of an id.
pub(super) fn short(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}
