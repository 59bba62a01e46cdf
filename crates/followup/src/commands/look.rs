//! Judges on one day the courses in which something changes that day: a due day or a window is over, or the plan rolls
//! on. Issued by the timer; what it finds is told once, the oldest first.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_journal::Stored;
use jiff::civil::Date;

use super::{Around, settle};
use crate::ctx::Ctx;
use crate::domain::course::{Course, Told};
use crate::domain::subject::Subject;
use crate::domain::visit::Judge;
use crate::events;
use crate::store::{self, within};

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
    let mut told: Vec<(Told, Course)> = Vec::new();
    let (mut judged, mut rolled) = (0, BTreeSet::new());
    for woken in woken {
        let subject = store::subject(&tx, &woken.trial, &woken.subject).await?;
        // A version that did not arrive keeps no other subject from being looked at.
        if ctx.protocols.known_of_subject(&tx, &subject).await?.is_none() {
            continue;
        }
        let around = Around::of(ctx, &tx, subject.value.clone()).await?;
        if around.today < day {
            continue;
        }
        if woken.series.iter().any(|series| series.rolls) && rolled.insert(woken.subject.clone()) {
            settle::run(ctx, &mut tx, Some(&subject), subject.value.clone(), "the plan rolls on").await?;
        }
        let (Some(stored), mut course) = around.course(&tx, &woken.activity).await? else { continue };
        if course.wakes.is_none_or(|wakes| wakes > day) {
            continue;
        }
        // As of that day: what is told of it comes before what is told of the next.
        let found = course.judge(&Judge { today: day, ..around.judge() }, &around.hand);
        tx.record(&stored, course.clone(), []).await?;
        course.series.clear();
        told.extend(found.into_iter().map(|told| (told, course.clone())));
        judged += 1;
    }
    told.sort_by(|(a, of), (b, other)| (a, &of.subject).cmp(&(b, &other.subject)));
    for (told, course) in &told {
        tx.append(events::told(course, told));
    }
    tx.commit().await?;
    Ok(judged)
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
