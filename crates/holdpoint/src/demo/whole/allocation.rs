//! Allocation: what the file wants confirmed is confirmed, eligibility is asked again, and the coordinator asks for the place.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_api::enrollment::v1::ConfirmEventRequest;
use holdpoint_protocol::model::AllocationMethod;
use jiff::ToSpan as _;

use super::player::{Allocation as Place, State};
use super::screening::{assess, record};
use super::stage::Stage;
use crate::client::{Allocated, Allocation, NoStart, call, lists};
use crate::demo::sim::{Chance, End, days_from};

/// Between one attempt and the next where nobody answered, machine time.
const PAUSE: Duration = Duration::from_millis(150);
/// Adverse events of one subject at most, and within so many days from the allocation.
const MOST_ADVERSE: i64 = 3;
const ADVERSE_WITHIN_DAYS: i64 = 150;
/// A place that somebody waits for so long goes wrong.
const NO_PLACE_WAITS_DAYS: i64 = 400;

/// Everyone whose day has come. Who is refused waits and asks again another day.
pub(super) async fn of_today(stage: &mut Stage) -> anyhow::Result<()> {
    let today = stage.today();
    for at in 0..stage.players.len() {
        let ready = matches!(stage.players[at].state, State::Waits(from) if from <= today);
        if !ready || stage.allocated() >= stage.outline.size as usize {
            continue;
        }
        if !confirmed(stage, at).await? {
            continue;
        }
        match one(stage, at).await? {
            Ok(allocated) => {
                let arm = arm_of(stage, at, &allocated).await?;
                settle(stage, at, Allocated { arm, ..allocated })?;
            }
            Err(no) => {
                let player = &stage.players[at];
                let waits = days_from(player.screened, today);
                ensure!(waits < NO_PLACE_WAITS_DAYS, "{} was never allocated: {no}", player.id);
                stage.count("allocations refused", 1);
                stage.timeline.tell("mei", format!("{} waits: {no}", stage.players[at].id));
                // One at a time: who comes next would hear the same.
                break;
            }
        }
    }
    Ok(())
}

/// Signs what the file wants signed before an allocation. False where the counts do not show it yet.
pub(super) async fn confirmed(stage: &mut Stage, at: usize) -> anyhow::Result<bool> {
    let player = stage.players[at].clone();
    for (fact, drawn) in player.chart.at_allocation.iter().filter(|(fact, _)| !player.written.contains(*fact))
    {
        record(stage, &player.id, fact, drawn, "chart").await?;
        stage.players[at].written.insert(fact.clone());
    }
    for event in stage.outline.confirmed.clone() {
        if player.signed.contains(&event) {
            continue;
        }
        let wei = &stage.people.investigator;
        let request = ConfirmEventRequest {
            act: wei.act("counts, marrow and chimerism agree"),
            trial: stage.trial.clone(),
            subject: player.id.clone(),
            event: event.to_string(),
            date: stage.today().to_string(),
        };
        if let Err(refused) = call!(wei.enrollment, confirm_event, request).await {
            let what = format!("{}: {event} is not shown yet: {}", player.id, refused.message());
            stage.timeline.tell("wei", what);
            stage.players[at].state = State::Waits(stage.today().checked_add(1.day())?);
            return Ok(false);
        }
        stage.players[at].signed.insert(event);
        stage.count("events confirmed", 1);
    }
    stage.hush().await?;
    Ok(true)
}

/// Assesses a subject of the day and asks for the place.
pub(super) async fn one(stage: &mut Stage, at: usize) -> anyhow::Result<Result<Allocated, NoStart>> {
    let subject = stage.players[at].id.clone();
    let judged = assess(stage, &subject, "randomization").await?;
    let against: Vec<String> = judged
        .criteria
        .iter()
        .filter(|criterion| !criterion.satisfied)
        .map(|criterion| format!("{}: {}", criterion.id, criterion.reason))
        .collect();
    ensure!(judged.eligible, "{subject} is not eligible at the allocation: {}", against.join("; "));
    let arm = chosen_arm(stage, at);
    let people = &stage.people;
    let first = || match &arm {
        // Nobody chooses for an investigator.
        Some(arm) => Allocation::new(people.investigator.clone(), &stage.trial, &subject).choosing(arm),
        None => Allocation::new(people.coordinator.clone(), &stage.trial, &subject),
    };
    let mut desk = stage.desks.get(&subject).cloned().unwrap_or_else(first);
    let mut statement = "";
    for _ in 0..200 {
        match desk.ask_or_read(statement).await {
            Err(no) if no.passes() => {
                statement = "nobody heard the earlier answer; nothing was acted on";
                tokio::time::sleep(PAUSE).await;
            }
            heard => {
                stage.desks.insert(subject, desk);
                return Ok(heard);
            }
        }
    }
    anyhow::bail!("no answer to the allocation of {subject}")
}

/// Where the file lets the investigator choose: the arms in turn.
fn chosen_arm(stage: &Stage, at: usize) -> Option<String> {
    let chosen = stage.protocol.allocation.method == AllocationMethod::InvestigatorChoice;
    let arms: Vec<_> = stage.protocol.arms.ids().collect();
    arms.get(at % arms.len().max(1)).filter(|_| chosen).map(ToString::to_string)
}

/// The arm. Where the trial keeps it from the ward the story's own books have it from the auditor.
async fn arm_of(stage: &Stage, at: usize, allocated: &Allocated) -> anyhow::Result<String> {
    if !allocated.arm.is_empty() {
        return Ok(allocated.arm.clone());
    }
    let all = lists::subjects(&stage.people.auditor, &stage.trial).await.context("list subjects")?;
    let found = all.into_iter().find(|one| one.subject == stage.players[at].id);
    Ok(found.map(|one| one.arm).unwrap_or_default())
}

/// The place is known: what becomes of the subject is settled.
fn settle(stage: &mut Stage, at: usize, allocated: Allocated) -> anyhow::Result<()> {
    let (today, subject) = (stage.today(), stage.players[at].id.clone());
    let recovery = stage.fates.recovery(&allocated.arm, &subject);
    let mut chance = Chance::of(stage.seed, &format!("adverse events of {subject}"));
    let many = chance.between(0, MOST_ADVERSE);
    let mut adverse: Vec<_> = (0..many)
        .map(|_| today.checked_add(chance.between(1, ADVERSE_WITHIN_DAYS).days()))
        .collect::<Result<_, _>>()?;
    adverse.sort_unstable();
    // What ends a treatment comes after it: where the file observes people first, so much later.
    let observed = stage.outline.run_in_days;
    let end = match stage.fates.end(&subject) {
        Some(end) => {
            let (End::Death(after) | End::Withdrawal(after)) = end;
            Some((today.checked_add((observed + after).days())?, end))
        }
        None => None,
    };
    let setback = match stage.fates.setback(&subject, &stage.outline.setbacks) {
        Some((after, event)) => Some((today.checked_add((observed + after).days())?, event)),
        None => None,
    };
    let player = stage.players.get_mut(at).context("the player of the allocation")?;
    player.course.allocate(today, recovery);
    player.adverse = adverse;
    player.setback = setback;
    player.end = end;
    player.state = State::In(Place { arm: allocated.arm, cohort: allocated.cohort, on: today });
    stage.count("allocated", 1);
    Ok(())
}

/// Whether every place is taken.
pub(super) fn is_over(stage: &Stage) -> bool {
    stage.allocated() >= stage.outline.size as usize
}
