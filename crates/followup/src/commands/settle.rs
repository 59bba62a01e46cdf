//! Takes in what changed of a subject, and plans anew what hangs on it: the visits of phases that opened, ended or moved.
//! Where nothing of the schedule's basis changed, nothing is planned (semantics 34 to 36).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate as _, Stored, Tx};
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::ids::ActivityId;

use super::{Around, perform, write};
use crate::ctx::Ctx;
use crate::domain::chart::chart;
use crate::domain::course::{Course, Dropped};
use crate::domain::plan::{self, Basis, Series};
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::events;
use crate::store::within;

/// Stores the subject with its schedule. Of one whose file is not known yet, the subject alone.
pub async fn run(
    ctx: &Ctx,
    tx: &mut Tx,
    stored: Option<&Stored<Subject>>,
    mut subject: Subject,
    why: &str,
) -> Result<()> {
    if ctx.protocols.known_of_subject(tx, &subject).await?.is_none() {
        return save(tx, stored, subject).await;
    }
    let waiting = std::mem::take(&mut subject.waiting);
    let mut around = Around::of(ctx, tx, subject).await?;
    replan(tx, &mut around, why).await?;
    save(tx, stored, around.subject.clone()).await?;
    perform::findings(ctx, tx, &around, waiting).await
}

async fn replan(tx: &mut Tx, around: &mut Around, why: &str) -> Result<()> {
    let chart = chart(&around.subject, &around.file, around.zone.clone());
    let attested = BTreeMap::new();
    let evidence = Evidence::new(&chart, &attested, around.today);
    let basis = Basis::of(&around.file, &evidence, around.subject.entered(&around.zone));
    if basis == around.subject.basis {
        return Ok(());
    }
    let mut wanted = basis.touched(&around.subject.basis, &around.file);
    if basis.is_another(&around.subject.basis) {
        wanted.extend(courses_of(tx, &around.subject).await?);
    }
    let mut asked = plan::series(&around.file, &evidence, &wanted);
    around.subject.basis = basis;
    let mut scheduled = 0;
    for activity in &wanted {
        let asked = asked.remove(activity).unwrap_or_default();
        scheduled += replan_course(tx, around, activity, asked, why).await?;
    }
    tx.append(events::schedule_changed(&around.subject, why, scheduled));
    Ok(())
}

/// Answers how many visits of the course wait.
async fn replan_course(
    tx: &mut Tx,
    around: &Around,
    activity: &ActivityId,
    asked: Vec<Series>,
    why: &str,
) -> Result<usize> {
    let (stored, mut course) = around.course(tx, activity).await?;
    if stored.is_none() && asked.is_empty() {
        return Ok(0);
    }
    let kept = tx.get::<Dropped>(&course.id()).await?;
    let (trial, subject) = (course.trial.clone(), course.subject.clone());
    let empty = || Dropped::new(trial, subject, activity.clone());
    let mut dropped = kept.as_ref().map_or_else(empty, |kept| kept.value.clone());
    let gone = course.replan(asked, why, &around.hand);
    dropped.give_back(&mut course, why, &around.hand);
    dropped.take(gone, why, &around.hand);
    let told = course.judge(&around.judge(), &around.hand);
    write(tx, stored, &course, &told).await?;
    match kept {
        Some(kept) if kept.value == dropped => {}
        Some(kept) => drop(tx.record(&kept, dropped, []).await?),
        None if dropped.series.is_empty() => {}
        None => drop(tx.record_new(&dropped, []).await?),
    }
    Ok(waiting(&course))
}

fn waiting(course: &Course) -> usize {
    let visits = course.series.iter().flat_map(|series| &series.visits);
    visits.filter(|visit| visit.standing == Standing::Scheduled).count()
}

async fn courses_of(tx: &Tx, subject: &Subject) -> Result<BTreeSet<ActivityId>> {
    let key = within(&subject.trial, subject.id.as_str());
    let courses = tx.find::<Course>(&[("subject", &key)]).await?;
    Ok(courses.into_iter().map(|course| course.value.activity).collect())
}

async fn save(tx: &mut Tx, stored: Option<&Stored<Subject>>, subject: Subject) -> Result<()> {
    match stored {
        Some(stored) if stored.value == subject => {}
        Some(stored) => drop(tx.record(stored, subject, []).await?),
        None => drop(tx.record_new(&subject, []).await?),
    }
    Ok(())
}
