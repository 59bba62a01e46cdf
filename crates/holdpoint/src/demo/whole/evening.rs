//! The evening before, in the middle of the trial: an infusion runs, others are due the next morning, and a report suspends the trial
//! by the file's own rule; where the file has none, the safety officer does it by hand. Then the board meets.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::{Activity, Scope, scope};
use holdpoint_api::safety::v1::*;
use holdpoint_chassis::clock::MachineClock;
use jiff::civil::{Date, Time};

use super::player::State;
use super::stage::Stage;
use super::ward::{Due, MORNING, Ward, day_of};
use super::words::names;
use super::{allocation, board, events};
use crate::client::{call, lists};
use crate::demo::sim::{Chance, suspending};

/// How often the hold is looked at while it is not yet effective, machine time.
const LOOK: Duration = Duration::from_millis(2);

const fn hour(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

/// What the evening leaves to the days after it.
pub(super) struct Evening {
    /// Due the next morning.
    due: Vec<Due>,
    /// The infusion that ran when the first report came.
    running: Option<Due>,
    /// Holds placed, in order.
    holds: Vec<String>,
}

/// The evening itself: `kept` are the infusions kept for half past five, `due` those of the next morning.
pub(super) async fn evening(
    stage: &mut Stage,
    ward: &mut Ward,
    kept: &[Due],
    due: Vec<Due>,
) -> anyhow::Result<Evening> {
    let day = stage.today();
    stage.at(day, hour(17, 30)).await?;
    let running: Vec<Due> = kept.iter().take(1).cloned().collect();
    for due in &running {
        ward.prepare(stage, due).await?;
        ward.start(stage, due).await??;
        let what = format!("dose {} of {}: Go heard, started; the infusion runs", due.number, due.subject);
        stage.timeline.tell("yan", what);
    }
    stage.at(day, hour(18, 0)).await?;
    let ill = whoever_is_ill(stage, &running).await?;
    let first = stop(stage, &ill, &running).await?;
    candidate_is_refused(stage, day).await?;
    stage.at(day, hour(18, 15)).await?;
    for due in &running {
        ward.complete(stage, due).await?;
    }
    Ok(Evening { due, running: running.into_iter().next(), holds: vec![first] })
}

/// The morning after: nothing starts, and whoever was treated last is taken ill too.
pub(super) async fn morning(stage: &mut Stage, ward: &mut Ward, evening: &mut Evening) -> anyhow::Result<()> {
    let day = stage.today().tomorrow()?;
    stage.at(day, MORNING).await?;
    refused(stage, ward, &evening.due).await?;
    if let Some(due) = &evening.running {
        stage.at(day, hour(9, 40)).await?;
        evening.holds.push(stop(stage, &due.subject, &[]).await?);
    }
    Ok(())
}

/// The day after that: the board meets, each hold is released on its own, and the plan is read anew.
pub(super) async fn board_meets(stage: &mut Stage, ward: &mut Ward, evening: &Evening) -> anyhow::Result<()> {
    stage.at(stage.today().tomorrow()?, hour(15, 0)).await?;
    release(stage, ward, &evening.due, &evening.holds).await?;
    ward.read_anew(stage).await
}

/// The last one treated before whoever is treated now.
async fn whoever_is_ill(stage: &Stage, running: &[Due]) -> anyhow::Result<String> {
    let given = lists::infusions(&stage.people.auditor, &stage.trial).await.context("list infusions")?;
    let busy = |subject: &str| running.iter().any(|due| due.subject == subject);
    let treated = given.iter().filter(|one| one.state == "completed" && !busy(&one.subject));
    let last = treated.max_by_key(|one| one.started_at.as_ref().map(|at| (at.seconds, one.number)));
    last.map(|one| one.subject.clone()).context("somebody was treated before the evening")
}

/// Suspends the trial, and waits until that is effective. Answers the hold.
async fn stop(stage: &mut Stage, ill: &str, running: &[Due]) -> anyhow::Result<String> {
    let mut chance = Chance::of(stage.seed, &format!("evening of {ill}"));
    let clock = MachineClock::new();
    let sent = clock.mark();
    let mut hold = match suspending(&stage.protocol, &mut chance) {
        Some(adverse) => {
            let answer = events::report(stage, ill, &adverse, "called from intensive care").await?;
            stage.timeline.tell("wei", format!("reports: {} of {ill}", adverse.term));
            stage.count("serious adverse events", 1);
            answer.holds.into_iter().next().context("the report placed no hold")?
        }
        None => by_hand(stage).await?,
    };
    while hold.state == "placed" {
        tokio::time::sleep(LOOK).await;
        let listed = board::standing(stage).await?;
        hold = listed.into_iter().find(|found| found.hold == hold.hold).context("the hold stands")?;
    }
    let took = u64::try_from(clock.since(&sent).as_millis()).unwrap_or(u64::MAX);
    stage.report_to_effective_ms.push(took);
    stage.timeline.more(format!("HOLD on the whole trial: {}", hold.reason));
    for flight in &hold.in_flight {
        stage
            .timeline
            .more(format!("in flight: dose {} of {}; people must look", flight.number, flight.subject));
    }
    let named = running.iter().all(|due| hold.in_flight.iter().any(|flight| flight.infusion == due.infusion));
    ensure!(named, "a running infusion is missing from the in-flight list");
    stage.hush().await?;
    checks(stage, &hold.hold).await?;
    Ok(hold.hold)
}

async fn by_hand(stage: &mut Stage) -> anyhow::Result<HoldView> {
    let song = stage.people.safety_officer.clone();
    let request = PlaceHoldRequest {
        act: song.act("a report from another hospital that gives the same cells"),
        trial: stage.trial.clone(),
        scope: Some(Scope { of: Some(scope::Of::Trial(true)) }),
        activities: vec![Activity::Randomization.into(), Activity::Dosing.into()],
    };
    let placed = call!(song.safety, place_hold, request).await.context("place a hold by hand")?;
    stage.timeline.tell("song", "holds the whole trial by hand: a report from another hospital");
    placed.hold.context("the hold placed")
}

/// The suspension board.
async fn checks(stage: &mut Stage, hold: &str) -> anyhow::Result<()> {
    let song = &stage.people.safety_officer;
    let request = GetSuspensionBoardRequest { trial: stage.trial.clone(), hold: hold.to_owned() };
    let shown = call!(song.safety, get_suspension_board, request).await.context("the suspension board")?;
    stage.timeline.tell("song", "reads the suspension board");
    for check in shown.checks {
        stage.timeline.more(format!("{}: {}, {}", check.service, check.state, check.summary));
    }
    Ok(())
}

async fn candidate_is_refused(stage: &mut Stage, day: Date) -> anyhow::Result<()> {
    let waits =
        stage.players.iter().position(|player| matches!(player.state, State::Waits(from) if from <= day));
    let Some(at) = waits else { return Ok(()) };
    stage.at(day, hour(18, 5)).await?;
    if !allocation::confirmed(stage, at).await? {
        return Ok(());
    }
    let no = allocation::one(stage, at).await?.err().context("somebody was allocated under a hold")?;
    ensure!(!no.holds().is_empty(), "refused, and not by the hold: {no}");
    let who = stage.players[at].id.clone();
    stage.timeline.tell("mei", format!("asks for the allocation of {who}, who waits: REFUSED"));
    Ok(())
}

async fn refused(stage: &mut Stage, ward: &mut Ward, due: &[Due]) -> anyhow::Result<()> {
    let subjects: Vec<String> = due.iter().map(|due| due.subject.clone()).collect();
    stage.timeline.tell("yan", format!("the infusion of {} is due", names(&subjects)));
    for one in due {
        ward.prepare(stage, one).await?;
        let no = ward.start(stage, one).await?.err();
        let no = no.with_context(|| format!("{} was started under a hold", one.subject))?;
        ensure!(!no.holds().is_empty(), "refused, and not by the hold: {no}");
        stage.timeline.more(format!("{}: REFUSED", one.subject));
    }
    Ok(())
}

/// The board releases each hold on its own; between the two nothing starts either.
async fn release(stage: &mut Stage, ward: &mut Ward, due: &[Due], holds: &[String]) -> anyhow::Result<()> {
    board::decide(stage, holds, "The case is one of the ward's own; the lot is clear. The trial may go on.")
        .await?;
    stage.timeline.tell("bao", "the board met: the lot is clear, the trial may go on");
    for (place, hold) in holds.iter().enumerate() {
        if place > 0 {
            stage.hush().await?;
            if let Some(one) = due.first() {
                ward.prepare(stage, one).await?;
                let no = ward.start(stage, one).await?.err();
                no.with_context(|| format!("{} was started under the second hold", one.subject))?;
                stage.timeline.tell(
                    "yan",
                    format!("tries the infusion of {}: REFUSED, a second hold stands", one.subject),
                );
            }
            stage.later(60).await?;
        }
        board::release(stage, hold).await?;
        stage.timeline.tell("bao, lin", format!("both sign: hold {} is RELEASED, and no other", place + 1));
    }
    stage.hush().await
}

/// Whether the evening of that day is the one: half are allocated, and the day after somebody is due.
pub(super) fn is_on(stage: &Stage, ward: &Ward, day: Date) -> anyhow::Result<bool> {
    let half = stage.allocated() * 2 >= stage.outline.size as usize;
    let (today, tomorrow) = (on(ward, day), on(ward, day.tomorrow()?));
    // Where the ward is busy the evening has an infusion that runs, and several due the next morning. In a small trial, or
    // where first doses are kept apart, that never is: then less is enough once nothing better is to come.
    let most = stage.allocated() * 4 >= stage.outline.size as usize * 3;
    let busy = !today.is_empty() && tomorrow.len() >= if most { 1 } else { 2 };
    let last = stage.outline.gap.is_some() || (allocation::is_over(stage) && !is_busy_after(ward, day)?);
    Ok(half && ward.has_given && (busy || (last && !tomorrow.is_empty())))
}

/// Whether there is a later day on which somebody is due, and somebody the day after.
fn is_busy_after(ward: &Ward, day: Date) -> anyhow::Result<bool> {
    let days: BTreeSet<Date> = ward.plan.iter().map(|due| day_of(due.at)).filter(|due| *due > day).collect();
    let next = days.iter().map(|day| day.tomorrow()).collect::<Result<BTreeSet<Date>, _>>()?;
    Ok(days.intersection(&next).next().is_some())
}

/// What is due on a day.
pub(super) fn on(ward: &Ward, day: Date) -> Vec<Due> {
    ward.plan.iter().filter(|due| day_of(due.at) == day).cloned().collect()
}
