//! Visits: what the schedule says is due, who comes and when, and what people write down with it. What a laboratory does is ordered
//! from it; followup hears of it by the result.

use std::collections::BTreeSet;

use anyhow::Context as _;
use holdpoint_api::followup::v1::*;
use holdpoint_protocol::dictionary::FactKind;
use holdpoint_protocol::ids::FactId;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::player::{Player, State};
use super::stage::{Appointment, Stage};
use super::ward::day_of;
use super::words::value;
use crate::client::{call, lists};
use crate::demo::sim::{Asked, Attendance, Chance, Drawn, attends, days_from};
use crate::demo::time::{from_proto, proto};

/// Activities that followup takes in one call at most.
const AT_ONCE: usize = 500;

/// Reads what fell due since a day, and makes the appointments.
pub(super) async fn plan(stage: &mut Stage, since: Date) -> anyhow::Result<()> {
    let today = stage.today();
    let due =
        lists::due(&stage.people.coordinator, &stage.trial, &since.to_string(), &today.to_string()).await;
    for one in due.context("what is due")? {
        let Some(visit) = one.visit else { continue };
        if visit.state != "scheduled" || !stage.seen.insert((one.subject.clone(), visit.visit.clone())) {
            continue;
        }
        let Ok(player) = stage.player(&one.subject) else { continue };
        // An infusion is a visit too, and the ward's.
        let asked = stage.protocol.activities.contains_key(visit.activity.as_str());
        if !asked || !player.is_followed() {
            continue;
        }
        let attendance = attendance(stage, player, &visit, today)?;
        match attendance {
            Attendance::Comes(after) => {
                let day = today.checked_add(after.days())?;
                let (subject, activity) = (one.subject, visit.activity.clone());
                let at = visit.exact.and_then(|exact| from_proto(exact.target.as_ref()));
                let appointment = Appointment { subject, activity, at };
                stage.appointments.entry(day).or_default().push(appointment);
            }
            Attendance::Waived => waive(stage, &one.subject, &visit).await?,
            Attendance::Stays => {}
        }
    }
    Ok(())
}

/// Who waits for an allocation is in the ward, and misses nothing.
fn attendance(stage: &Stage, player: &Player, visit: &Visit, today: Date) -> anyhow::Result<Attendance> {
    if matches!(player.state, State::Waits(_)) && !visit.optional {
        return Ok(Attendance::Comes(0));
    }
    let asked = match (visit.optional, visit.waivable) {
        (true, _) => Asked::Optional,
        (_, true) => Asked::Waivable,
        _ => Asked::Due,
    };
    let left = match day(&visit.latest) {
        Some(latest) => days_from(today, latest).max(0),
        None => 0,
    };
    Ok(attends(stage.seed, &player.id, &visit.visit, asked, left))
}

/// The civil date at the beginning of a date or a moment.
fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

async fn waive(stage: &mut Stage, subject: &str, visit: &Visit) -> anyhow::Result<()> {
    let mei = &stage.people.coordinator;
    let request = MarkNotDoneRequest {
        act: mei.act("stable, and the participant was spared it"),
        trial: stage.trial.clone(),
        subject: subject.to_owned(),
        visit: visit.visit.clone(),
        state: "waived".to_owned(),
    };
    call!(mei.followup, mark_not_done, request).await.with_context(|| format!("waive {}", visit.visit))?;
    stage.count("visits waived", 1);
    Ok(())
}

/// What the laboratory is asked: subject and activity.
type Orders = BTreeSet<(String, String)>;

/// Everyone expected by today: the laboratory's orders, and the activities that people do and write down.
pub(super) fn expected(stage: &mut Stage) -> anyhow::Result<(Orders, BTreeSet<Appointment>)> {
    let later = stage.appointments.split_off(&stage.today().tomorrow()?);
    let due = std::mem::replace(&mut stage.appointments, later);
    let (mut orders, mut by_hand) = (BTreeSet::new(), BTreeSet::new());
    for one in due.into_values().flatten() {
        if !stage.player(&one.subject)?.is_followed() {
            continue;
        }
        let of_laboratory = stage.outline.laboratory.contains_key(one.activity.as_str());
        if of_laboratory {
            orders.insert((one.subject, one.activity));
        } else {
            by_hand.insert(one);
        }
    }
    Ok((orders, by_hand))
}

/// Whoever the ward counts every day, whatever the schedule asks at least.
pub(super) fn counted_daily(stage: &Stage) -> Vec<(String, String)> {
    let Some(counted) = &stage.outline.counted else { return Vec::new() };
    let today = stage.today();
    let daily = stage.players.iter().filter(|player| {
        player.is_followed() && player.course.is_counted_daily(today, stage.outline.assessed_after_days)
    });
    daily.map(|player| (player.id.clone(), counted.to_string())).collect()
}

/// Writes down what was done today.
pub(super) async fn record(stage: &mut Stage, done: &BTreeSet<Appointment>) -> anyhow::Result<()> {
    let mut activities: Vec<ActivityRecord> =
        done.iter().map(|done| activity(stage, done)).collect::<anyhow::Result<_>>()?;
    let mei = &stage.people.coordinator;
    while !activities.is_empty() {
        let rest = activities.split_off(activities.len().min(AT_ONCE));
        let (act, trial) = (mei.act("the day's visits"), stage.trial.clone());
        let request = RecordActivitiesRequest { act, trial, activities };
        call!(mei.followup, record_activities, request).await.context("record the day's visits")?;
        activities = rest;
    }
    stage.count("activities", done.len());
    for one in done {
        let facts = stage.outline.by_hand.get(one.activity.as_str()).cloned().unwrap_or_default();
        stage.player_mut(&one.subject)?.written.extend(facts);
    }
    Ok(())
}

fn activity(stage: &Stage, done: &Appointment) -> anyhow::Result<ActivityRecord> {
    let Appointment { subject, activity, at } = done;
    let at = at.map(|at| at.min(stage.now()));
    let player = stage.player(subject)?;
    let mut chance = Chance::of(stage.seed, &format!("{activity} of {subject} on {}", stage.today()));
    let facts = stage.outline.by_hand.get(activity.as_str()).map_or(&[][..], Vec::as_slice);
    let given = facts.iter().filter_map(|fact| {
        let drawn = observed(stage, player, fact, &mut chance)?;
        Some(ActivityFact {
            fact: fact.to_string(),
            value: value(&stage.protocol, fact, &drawn),
            taken_at: proto(at.unwrap_or(stage.now())),
        })
    });
    Ok(ActivityRecord {
        subject: subject.clone(),
        activity: activity.clone(),
        date: at.map_or(stage.today(), day_of).to_string(),
        at: at.and_then(proto),
        facts: given.collect(),
    })
}

/// What is seen of a fact today: what the chart made of it, or an ordinary value of its kind.
fn observed(stage: &Stage, player: &Player, fact: &FactId, chance: &mut Chance) -> Option<Drawn> {
    let chart = &player.chart;
    if let Some(known) = chart.at_allocation.get(fact).or(chart.at_screening.get(fact)) {
        return Some(known.clone());
    }
    let declared = stage.protocol.facts.get(fact.as_str())?;
    let tenths =
        |least, most, chance: &mut Chance| Drawn::Number(Decimal::new(chance.between(least, most), 1));
    Some(match (fact.as_str(), &declared.kind) {
        ("weight", _) => Drawn::Number(player.kilograms.into()),
        ("height", _) => Drawn::Number(chance.between(155, 186).into()),
        ("temperature", _) => tenths(362, 373, chance),
        ("pulse", _) => Drawn::Number(chance.between(62, 96).into()),
        ("systolic-pressure", _) => Drawn::Number(chance.between(104, 138).into()),
        (_, FactKind::YesNo) => Drawn::Yes(false),
        (_, FactKind::Choice(words) | FactKind::Ordered(words)) => {
            Drawn::Word(words.get(words.len() / 2).or(words.first())?.to_string())
        }
        (_, FactKind::Quantity | FactKind::Score | FactKind::Count) => {
            let (least, most) = match declared.range {
                Some(range) => (range.least, range.most),
                None => (Decimal::from(40), Decimal::from(90)),
            };
            let step = declared.step.unwrap_or(Decimal::ONE);
            let middle = ((least + most) / Decimal::TWO / step).floor() * step;
            Drawn::Number(middle.max(least).normalize())
        }
        (_, FactKind::Elapsed(_) | FactKind::Completed(_)) => return None,
    })
}

/// What comes next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    /// The day on which anything is due.
    pub due: Date,
    /// The first day on which a window closes of a visit that nobody made an appointment for.
    pub closes: Option<Date>,
}

/// What is due next, looking so far ahead; none where nothing is.
pub(super) async fn next_due(stage: &Stage, ahead_days: i64) -> anyhow::Result<Option<Next>> {
    let from = stage.today().tomorrow()?;
    let until = from.checked_add(ahead_days.days())?;
    let due =
        lists::due(&stage.people.coordinator, &stage.trial, &from.to_string(), &until.to_string()).await;
    let visits: Vec<(Date, Option<Date>)> = due
        .context("what is due next")?
        .into_iter()
        .filter_map(|one| {
            let visit = one.visit?;
            let due = day(&visit.due)?;
            let comes = stage.player(&one.subject).is_ok_and(Player::is_followed);
            let awaited = comes && !stage.seen.contains(&(one.subject, visit.visit));
            Some((due, day(&visit.latest).filter(|_| awaited)))
        })
        .collect();
    let first = visits.iter().map(|(due, _)| *due).min();
    Ok(first.map(|due| Next { due, closes: visits.iter().filter_map(|(_, closes)| *closes).min() }))
}
