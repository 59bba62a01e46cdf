//! Judges on one day the courses in which something changes that day: a due day or a window is over, or the plan rolls
//! on. Issued by the timer; what it finds is told once, the oldest first.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate as _, Changed, Entry, Stored};
use jiff::Span;
use jiff::civil::Date;

use super::{Around, settle};
use crate::ctx::Ctx;
use crate::domain::course::{Course, Told};
use crate::domain::ids::SubjectId;
use crate::domain::subject::Subject;
use crate::domain::visit::Judge;
use crate::events;
use crate::store::within;

/// So many days are looked over at once where nothing wakes.
const AHEAD_DAYS: i64 = 30;

/// Courses of one transaction: its journal rows are told together.
const AT_ONCE: usize = 200;

/// Judges what wakes on a day that has begun at its site; answers how many courses were judged.
pub async fn run(ctx: &Ctx, day: Date) -> Result<usize> {
    let woken = ctx.store.find::<Course>(&[("wakes", &day.to_string())]).await?;
    let mut judged = 0;
    for some in woken.chunks(AT_ONCE) {
        judged += judge(ctx, some, day).await?;
    }
    Ok(judged)
}

async fn judge(ctx: &Ctx, woken: &[Stored<Course>], day: Date) -> Result<usize> {
    let mut tx = ctx.store.begin(&ctx.own()).await?;
    let subject = |course: &Course| within(&course.trial, course.subject.as_str());
    let ids: BTreeSet<String> = woken.iter().map(|woken| subject(woken)).collect();
    let subjects = tx.get_all::<Subject>(&ids.into_iter().collect::<Vec<_>>()).await?;
    // A version that did not arrive keeps no other subject from being looked at.
    let known = subjects.values().map(|subject| subject.value.clone()).collect();
    let mut around = Around::of_all(ctx, &tx, known).await?;
    around.retain(|_, around| day <= around.today);
    let mut rolled = BTreeSet::new();
    for woken in woken.iter().filter(|woken| woken.series.iter().any(|series| series.rolls)) {
        let id = subject(woken);
        let Some(stored) = subjects.get(&id).filter(|_| around.contains_key(&id)) else { continue };
        if rolled.insert(id) {
            settle::run(ctx, &mut tx, Some(stored), stored.value.clone(), "the plan rolls on").await?;
        }
    }
    let ids: Vec<String> = woken.iter().map(|woken| woken.id()).collect();
    let mut courses = Changed::default();
    courses.take(tx.get_all::<Course>(&ids).await?.into_values());
    let mut told: Vec<(Told, SubjectId, Entry)> = vec![];
    let mut judged = 0;
    for id in &ids {
        let Some(course) =
            courses.get_mut(id).filter(|course| course.wakes.is_some_and(|wakes| wakes <= day))
        else {
            continue;
        };
        let Some(around) = around.get(&subject(course)) else { continue };
        // As of that day: what is told of it comes before what is told of the next.
        let found = course.judge(&Judge { today: day, ..around.judge() }, &around.hand);
        let entry = |told: Told| (told.clone(), course.subject.clone(), events::told(course, &told));
        told.extend(found.into_iter().map(entry));
        judged += 1;
    }
    courses.write(&mut tx).await?;
    told.sort_by(|(a, of, _), (b, other, _)| (a, of).cmp(&(b, other)));
    for (_, _, entry) in told {
        tx.append(entry);
    }
    tx.commit().await?;
    Ok(judged)
}

/// The next day on which anything wakes, from one day to another; the day after them where nothing does. Years in which nobody has
/// a visit are passed over in a few questions.
pub async fn next_day(ctx: &Ctx, mut from: Date, until: Date) -> Result<Date> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    while from <= until {
        let to = from.checked_add(Span::new().days(AHEAD_DAYS)).unwrap_or(until).min(until);
        let woken = tx.find_between::<Course>("wakes", (&from.to_string(), &to.to_string())).await?;
        if let Some(day) = woken.into_iter().filter_map(|course| course.value.wakes).min() {
            from = day;
            break;
        }
        let Ok(next) = to.tomorrow() else { break };
        from = next;
    }
    tx.rollback().await?;
    Ok(from)
}

/// The first day on which any course wakes: how far back a process that was off has to look.
pub async fn first_day(ctx: &Ctx) -> Result<Option<Date>> {
    let mut earliest: Option<Date> = None;
    for subject in ctx.store.find::<Subject>(&[]).await? {
        let key = within(&subject.trial, subject.id.as_str());
        for course in ctx.store.find::<Course>(&[("subject", &key)]).await? {
            earliest = earliest.into_iter().chain(course.wakes).min();
        }
    }
    Ok(earliest)
}
