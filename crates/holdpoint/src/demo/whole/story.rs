//! The days of the trial, one after another: mornings on the ward, candidates, specimens and visits in the afternoon. Every day while
//! anybody is in the first year; after that on clinic days.

use anyhow::{Context as _, bail};
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday};

use super::player::State;
use super::stage::Stage;
use super::ward::{MORNING, Ward, day_of};
use super::{allocation, bench, board, evening, events, screening, set_up, visits};
use crate::demo::sim::days_from;
use crate::demo::time::instant;

/// The first candidate comes this day.
const FIRST_CANDIDATE: Date = Date::constant(2026, 1, 12);
const NOON: Time = Time::constant(11, 0, 0, 0);
const AFTERNOON: Time = Time::constant(16, 0, 0, 0);
/// All places are meant to be taken in so many days, where nothing keeps candidates apart.
const RECRUITED_IN_DAYS: i64 = 112;
/// So long after the last allocation somebody is looked after every day.
const DAILY_FOR_DAYS: i64 = 340;
/// Afterwards the clinic is open every second week.
const CLINIC_EVERY_DAYS: i64 = 14;
/// Nothing due in this many days: the last visit is over.
const QUIET_DAYS: i64 = 400;
/// Mostly something is due within so many.
const SOON_DAYS: i64 = 40;
/// A dose that waits for longer goes wrong, and so does a story of more than fifteen years.
const NO_DOSE_WAITS_DAYS: i64 = 60;
const NO_TRIAL_LASTS_DAYS: i64 = 15 * 365;

/// From an empty house to a trial in force.
pub(super) async fn set_up(stage: &mut Stage) -> anyhow::Result<()> {
    let site = stage.protocol.study.particulars.iter().find(|(key, _)| key == "sites");
    let site =
        site.and_then(|(_, sites)| sites.first()).cloned().unwrap_or_else(|| "The hospital".to_owned());
    let registered = set_up::register(&stage.people, stage.file.clone(), &site).await?;
    let trial = stage.trial.clone();
    stage.timeline.tell("administrator", format!("registers the trial {trial} from its file, at {site}"));
    let many = set_up::delegate(&stage.people, &trial, stage.now()).await?;
    stage.timeline.tell("lin", format!("is principal investigator, and delegates {many} roles"));
    let today = stage.today();
    stage.at(today.tomorrow()?, Time::constant(10, 0, 0, 0)).await?;
    let active = set_up::activate(&stage.people.principal, &registered, &today.to_string()).await?;
    let assumed = registered.assumed.len();
    stage
        .timeline
        .tell("lin", format!("confirms the {assumed} items that the file had to assume, one by one"));
    let digest = active.digest.get(..12).unwrap_or(&active.digest);
    stage.timeline.tell("lin", format!("puts version {} in force, SHA-256 {digest}...", active.version));
    stage.hush().await?;
    bench::open(stage).await?;
    let ends = stage.outline.horizon.join("; ");
    stage.timeline.tell("followup", format!("plans until the file's last visits: {ends}"));
    Ok(())
}

/// Plays every day on which anything happens.
pub(super) async fn run(stage: &mut Stage) -> anyhow::Result<()> {
    let mut ward = Ward::default();
    let (mut day, mut looked) = (FIRST_CANDIDATE, FIRST_CANDIDATE);
    let mut evening_played = false;
    loop {
        let kept = morning(stage, &mut ward, day, evening_played).await?;
        noon(stage, &mut ward, day, kept).await?;
        afternoon(stage, looked, day).await?;
        looked = day.tomorrow()?;
        let mut next = next_day(stage, &ward, day).await?;
        if kept {
            looked = the_evening_before(stage, &mut ward, day).await?;
            evening_played = true;
            next = Some(looked);
        }
        digest(stage, day, next);
        day = match next.filter(|next| !breaks_off(stage, *next)) {
            Some(next) if days_from(FIRST_CANDIDATE, next) < NO_TRIAL_LASTS_DAYS => next,
            Some(next) => bail!("the trial does not come to its end: on {next} something is still to come"),
            None => return stage.hush().await,
        };
    }
}

/// Whether the story is over before that day, where it is not told to the end.
fn breaks_off(stage: &Stage, next: Date) -> bool {
    stage.days.is_some_and(|days| days_from(FIRST_CANDIDATE, next) > i64::from(days))
}

/// The evening, the morning after and the board's meeting; the ward's days go on meanwhile. Answers the first day after them.
async fn the_evening_before(stage: &mut Stage, ward: &mut Ward, day: Date) -> anyhow::Result<Date> {
    let (next, meets) = (day.tomorrow()?, day.tomorrow()?.tomorrow()?);
    let (kept, due) = (evening::on(ward, day), evening::on(ward, next));
    let mut evening = evening::evening(stage, ward, &kept, due).await?;
    evening::morning(stage, ward, &mut evening).await?;
    afternoon(stage, next, next).await?;
    evening::board_meets(stage, ward, &evening).await?;
    afternoon(stage, meets, meets).await?;
    Ok(meets.tomorrow()?)
}

/// Infusions that are due. On the day of the evening one of them is kept for it. Answers whether it is that day.
async fn morning(
    stage: &mut Stage,
    ward: &mut Ward,
    day: Date,
    evening_played: bool,
) -> anyhow::Result<bool> {
    let mut due = ward.due_by(stage, instant(day.to_datetime(MORNING))?);
    let is_evening = !evening_played && evening::is_on(stage, ward, day)?;
    if is_evening {
        due.truncate(due.len().saturating_sub(1));
    }
    if due.is_empty() {
        return Ok(is_evening);
    }
    stage.at(day, MORNING).await?;
    if let Some(oldest) = due.first().filter(|one| days_from(day_of(one.at), day) > NO_DOSE_WAITS_DAYS) {
        bail!("dose {} of {} was due on {} and cannot be given", oldest.number, oldest.subject, oldest.at);
    }
    let refused = ward.morning(stage, &due).await?;
    if !refused.is_empty() {
        for (one, no) in &refused {
            stage.timeline.tell("yan", format!("dose {} of {} waits: {no}", one.number, one.subject));
        }
        // A hold stands that the story did not mean: the board meets, and the ward reads its plan anew.
        let standing: Vec<String> = board::standing(stage).await?.into_iter().map(|hold| hold.hold).collect();
        if !standing.is_empty() {
            board::decide(stage, &standing, "The event was looked into; the trial may go on.").await?;
            for hold in &standing {
                board::release(stage, hold).await?;
            }
            stage.timeline.tell("bao, lin", format!("release {} hold(s) after review", standing.len()));
        }
        stage.hush().await?;
        ward.read_anew(stage).await?;
    }
    Ok(is_evening)
}

/// Candidates come, and those whose day it is are allocated; now and then the board looks whether a further group may open.
/// On the day of the evening nobody is allocated: whoever could be asks in the evening.
async fn noon(stage: &mut Stage, ward: &mut Ward, day: Date, evening: bool) -> anyhow::Result<()> {
    let candidates = candidates(stage, day);
    let ready = stage.players.iter().any(|player| matches!(player.state, State::Waits(from) if from <= day));
    let board = !stage.outline.cohorts.is_empty() && day.weekday() == Weekday::Monday;
    if candidates == 0 && !ready && !board && !ward.has_unplanned(stage) {
        return Ok(());
    }
    stage.at(day, NOON).await?;
    for _ in 0..candidates {
        screening::next(stage).await?;
    }
    if !evening {
        allocation::of_today(stage).await?;
    }
    if ward.has_unplanned(stage) {
        stage.hush().await?;
        ward.plan_new(stage).await?;
    }
    if board {
        board::open_next(stage).await?;
    }
    Ok(())
}

/// How many candidates come today: spread evenly, and one at a time where first doses are kept apart.
fn candidates(stage: &Stage, day: Date) -> usize {
    let waiting = stage.players.iter().filter(|player| matches!(player.state, State::Waits(_))).count();
    if stage.allocated() + waiting >= stage.outline.size as usize {
        return 0;
    }
    if let Some(gap) = stage.outline.gap {
        let since = days_from(FIRST_CANDIDATE, day);
        let turn = since % crate::demo::sim::days(gap).max(1) == 0;
        return usize::from(turn && waiting < 2);
    }
    let since = days_from(FIRST_CANDIDATE, day) + 1;
    let wanted = i64::from(stage.outline.places) * 6 / 5;
    let by_now = (since * wanted / RECRUITED_IN_DAYS).max(1);
    usize::try_from(by_now).unwrap_or(0).saturating_sub(stage.players.len())
}

/// Specimens, transfusions, visits, and what else happens.
async fn afternoon(stage: &mut Stage, looked: Date, day: Date) -> anyhow::Result<()> {
    stage.at(day, AFTERNOON).await?;
    visits::plan(stage, looked).await?;
    let (mut orders, by_hand) = visits::expected(stage)?;
    orders.extend(visits::counted_daily(stage));
    let orders: Vec<(String, String)> = orders.into_iter().collect();
    bench::take(stage, &orders)?;
    bench::send(stage).await?;
    let counted = visits::counted_daily(stage);
    events::transfusions(stage, &counted).await?;
    visits::record(stage, &by_hand).await?;
    events::of_today(stage).await
}

/// The day on which anything happens next, a clinic day where the windows of visits leave one; none when the last visit is over.
async fn next_day(stage: &Stage, ward: &Ward, day: Date) -> anyhow::Result<Option<Date>> {
    let tomorrow = day.tomorrow()?;
    let busy = !allocation::is_over(stage)
        || ward.is_busy(stage)
        || stage.last_allocated().is_some_and(|last| days_from(last, day) < DAILY_FOR_DAYS)
        || !visits::counted_daily(stage).is_empty();
    if busy {
        return Ok(Some(tomorrow));
    }
    let appointment = stage.appointments.keys().next().copied();
    let due = match visits::next_due(stage, SOON_DAYS).await? {
        None => visits::next_due(stage, QUIET_DAYS).await?,
        soon => soon,
    };
    let Some(next) = appointment.into_iter().chain(due.map(|next| next.due)).min() else { return Ok(None) };
    let until = days_from(day, next).max(1);
    let clinic = (until + CLINIC_EVERY_DAYS - 1) / CLINIC_EVERY_DAYS * CLINIC_EVERY_DAYS;
    let clinic = day.checked_add(clinic.days()).context("the calendar ends")?;
    let closes = due.and_then(|next| next.closes).unwrap_or(clinic);
    Ok(Some(clinic.min(closes).max(tomorrow)))
}

/// After the last day of each month that was played, what happened in it.
fn digest(stage: &mut Stage, day: Date, next: Option<Date>) {
    progress(stage, day);
    let month_ends = next.is_none_or(|next| (next.year(), next.month()) != (day.year(), day.month()));
    if !month_ends || stage.tally.is_empty() {
        return;
    }
    let told: Vec<String> =
        std::mem::take(&mut stage.tally).into_iter().map(|(what, many)| format!("{many} {what}")).collect();
    stage.timeline.tell("", format!("in this month: {}", told.join(", ")));
}

/// The first half of the bar is for the allocations, the second for the days until the last visit.
fn progress(stage: &Stage, day: Date) {
    let total = u64::from(stage.outline.size);
    let allocated = stage.allocated() as u64;
    let (last, horizon) = (stage.last_allocated().unwrap_or(day), stage.outline.horizon_days.max(1));
    let share = u64::try_from(days_from(last, day).clamp(0, horizon)).unwrap_or(0);
    let followed = if allocated < total { 0 } else { total * share / horizon.unsigned_abs() };
    let doing = if allocated < total { "candidates come" } else { "everyone is followed up" };
    let what = format!("{day}: {doing}, {allocated} of {total} allocated");
    stage.timeline.progress().at(allocated + followed, what);
}
