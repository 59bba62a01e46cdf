//! Takes in what changed of a subject, and plans anew what hangs on it: the visits of phases that opened, ended or moved.
//! Where nothing of the schedule's basis changed, nothing is planned (semantics 34 to 36).

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Changed, Stored, Tx};
use holdpoint_protocol::eval::events::Evidence;
use holdpoint_protocol::ids::ActivityId;

use super::{Around, perform};
use crate::ctx::Ctx;
use crate::domain::chart::{chart, expected};
use crate::domain::course::{Course, Dropped};
use crate::domain::plan::{self, Basis, Known, Series};
use crate::domain::subject::Subject;
use crate::domain::visit::Standing;
use crate::events;
use crate::store::{course_key, within};

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
    perform::findings(ctx, tx, &[(&around, waiting)]).await
}

async fn replan(tx: &mut Tx, around: &mut Around, why: &str) -> Result<()> {
    let chart = chart(&around.subject, &around.file, around.zone.clone());
    let expected = expected(&chart, &around.subject, &around.file);
    let attested = BTreeMap::new();
    let of = |chart| Evidence::new(chart, &attested, around.today);
    let known = Known { happened: of(&chart), expected: of(expected.as_ref().unwrap_or(&chart)) };
    let basis = Basis::of(&around.file, &known, around.subject.entered(&around.zone));
    if basis == around.subject.basis {
        return Ok(());
    }
    let mut wanted = basis.touched(&around.subject.basis, &around.file);
    if basis.is_another(&around.subject.basis) {
        wanted.extend(courses_of(tx, &around.subject).await?);
    }
    let asked = plan::series(&around.file, &known, &wanted);
    around.subject.basis = basis;
    let scheduled = replan_courses(tx, around, (wanted, asked), why).await?;
    tx.append(events::schedule_changed(&around.subject, why, scheduled));
    Ok(())
}

/// Answers how many visits of the wanted activities wait.
async fn replan_courses(
    tx: &mut Tx,
    around: &Around,
    (wanted, mut asked): (BTreeSet<ActivityId>, BTreeMap<ActivityId, Vec<Series>>),
    why: &str,
) -> Result<usize> {
    let (trial, subject) = (&around.subject.trial, &around.subject.id);
    let ids: Vec<String> = wanted.iter().map(|activity| course_key(trial, subject, activity)).collect();
    let (mut courses, mut dropped) = (Changed::<Course>::default(), Changed::<Dropped>::default());
    courses.take(tx.get_all(&ids).await?.into_values());
    dropped.take(tx.get_all(&ids).await?.into_values());
    let (mut scheduled, mut told) = (0, vec![]);
    for (activity, id) in wanted.iter().zip(&ids) {
        let asked = asked.remove(activity).unwrap_or_default();
        if courses.get(id).is_none() && asked.is_empty() {
            continue;
        }
        let course = courses.entry(id, || Course::new(trial.clone(), subject.clone(), activity.clone()));
        let gone = course.replan(asked, why, &around.hand);
        if !gone.is_empty() || dropped.get(id).is_some() {
            let empty = || Dropped::new(trial.clone(), subject.clone(), activity.clone());
            let dropped = dropped.entry(id, empty);
            dropped.give_back(course, why, &around.hand);
            dropped.take(gone, why, &around.hand);
        }
        let found = course.judge(&around.judge(), &around.hand);
        told.extend(found.iter().map(|told| events::told(course, told)));
        scheduled += waiting(course);
    }
    courses.write(tx).await?;
    dropped.write(tx).await?;
    for entry in told {
        tx.append(entry);
    }
    Ok(scheduled)
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
