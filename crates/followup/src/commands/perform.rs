//! What results and facts do by themselves: the activities that yield them, on the day they were taken. A correction or
//! withdrawal takes back what nothing stands for any more.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Aggregate as _, Stored, Tx};
use holdpoint_protocol::eval::Stamp;
use holdpoint_protocol::ids::ActivityId;
use jiff::Timestamp;

use super::Around;
use crate::ctx::Ctx;
use crate::domain::course::{Course, Dropped};
use crate::domain::ids::RecordId;
use crate::domain::infusion;
use crate::domain::performed::{Finding, Performed, Source};
use crate::domain::yields;
use crate::events;
use crate::store::{course_key, moment_key};

/// Takes findings of one subject in, activity by activity.
pub async fn findings(ctx: &Ctx, tx: &mut Tx, around: &Around, findings: Vec<Finding>) -> Result<()> {
    let mut by_activity: BTreeMap<&ActivityId, Vec<&Finding>> = BTreeMap::new();
    for finding in &findings {
        for activity in yields::done_by(&around.file, &finding.fact).filter(|id| is_scheduled(around, id)) {
            by_activity.entry(activity).or_default().push(finding);
        }
    }
    for (activity, findings) in by_activity {
        of_activity(ctx, tx, around, activity, &findings).await?;
    }
    Ok(())
}

/// Whether the file asks for the activity in any phase.
fn is_scheduled(around: &Around, activity: &ActivityId) -> bool {
    around.file.phases.values().any(|phase| phase.activities.contains(activity))
}

async fn of_activity(
    ctx: &Ctx,
    tx: &mut Tx,
    around: &Around,
    activity: &ActivityId,
    findings: &[&Finding],
) -> Result<()> {
    let (stored, mut course) = around.course(tx, activity).await?;
    let before = course.performed.clone();
    for finding in findings.iter().filter(|finding| finding.version > 1) {
        take_out(ctx, tx, around, &mut course, finding).await?;
    }
    let mut moments: BTreeMap<Timestamp, BTreeSet<String>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.void) {
        moments.entry(finding.taken_at).or_default().insert(finding.id.clone());
    }
    for (at, ids) in moments {
        put_in(ctx, tx, around, &mut course, at, ids).await?;
    }
    if course.performed != before {
        around.keep(tx, stored, course).await?;
    }
    Ok(())
}

/// Findings of one moment stand for one performed activity: those that come later join it.
async fn put_in(
    ctx: &Ctx,
    tx: &mut Tx,
    around: &Around,
    course: &mut Course,
    at: Timestamp,
    ids: BTreeSet<String>,
) -> Result<()> {
    let subject = &around.subject;
    let key = moment_key(&subject.trial, &subject.id, &course.activity, at);
    if let Some(known) = tx.find::<Performed>(&[("moment", &key)]).await?.pop() {
        let mut next = known.value.clone();
        if let Source::Findings(standing) = &mut next.source {
            standing.extend(ids);
        }
        if next != known.value {
            tx.record(&known, next, []).await?;
        }
        return Ok(());
    }
    let performed = Performed {
        id: ctx.ids.next().to_string().into(),
        trial: subject.trial.clone(),
        subject: subject.id.clone(),
        activity: course.activity.clone(),
        date: infusion::day(at, &around.zone),
        at: Some(at),
        source: Source::Findings(ids),
        facts: vec![],
        replaces: None,
        withdrawal: false,
        gone: false,
    };
    course.perform(&performed.id, [Stamp::Instant(at)]);
    tx.record_new(&performed, [events::activity_done(&performed)]).await?;
    Ok(())
}

/// An earlier version of the finding stands for nothing any more.
async fn take_out(
    ctx: &Ctx,
    tx: &mut Tx,
    around: &Around,
    course: &mut Course,
    finding: &Finding,
) -> Result<()> {
    let key = course_key(&course.trial, &course.subject, &course.activity);
    for known in tx.find::<Performed>(&[("course", &key)]).await? {
        let mut next = known.value.clone();
        let Source::Findings(standing) = &mut next.source else { continue };
        let stays = !finding.void && known.at == Some(finding.taken_at);
        if stays || !standing.remove(&finding.id) {
            continue;
        }
        let empty = standing.is_empty();
        if empty {
            next.gone = true;
            course.take_back(&known.id);
            forget(tx, around, course, &known.id).await?;
            withdraw(ctx, tx, &known).await?;
        }
        tx.record(&known, next, []).await?;
    }
    Ok(())
}

/// Tells that a record does not stand, by a record that withdraws it.
async fn withdraw(ctx: &Ctx, tx: &mut Tx, known: &Stored<Performed>) -> Result<()> {
    let withdrawal = Performed {
        id: ctx.ids.next().to_string().into(),
        replaces: Some(known.id.clone()),
        source: Source::Findings(BTreeSet::new()),
        withdrawal: true,
        ..known.value.clone()
    };
    tx.record_new(&withdrawal, [events::activity_done(&withdrawal)]).await?;
    Ok(())
}

/// What a record that stands no more did for visits of earlier plans was not done.
pub async fn forget(tx: &mut Tx, around: &Around, course: &Course, record: &RecordId) -> Result<()> {
    let Some(kept) = tx.get::<Dropped>(&course.id()).await? else { return Ok(()) };
    let mut dropped = kept.value.clone();
    if dropped.take_back(record, &around.hand) {
        tx.record(&kept, dropped, []).await?;
    }
    Ok(())
}
